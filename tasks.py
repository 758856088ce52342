"""The command line, `python3 tasks.py COMMAND`, which needs only Python 3.11 or newer.

It creates `.venv` from the hash-pinned requirements.txt, and again when that file or the version of Python changes.
"""

import os  # other modules are imported where they are needed, so that every run starts fast
import sys

ROOT = os.path.dirname(os.path.realpath(__file__))
REQUIREMENTS = os.path.join(ROOT, "requirements.txt")
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "set-up")  # written last: if it is missing, the setup was interrupted
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"


def is_ready() -> bool:
    """Whether `.venv` matches requirements.txt and was created by this version of Python."""
    if not (os.path.exists(STAMP) and os.path.exists(PYTHON)):
        return False
    with open(STAMP, encoding="utf-8") as stamp, open(REQUIREMENTS, encoding="utf-8") as wanted:
        is_same = stamp.readline().strip() == VERSION or sys.executable != PYTHON
        return is_same and stamp.read() == wanted.read()


def set_up() -> None:
    """Create `.venv`. Only one process does so at a time; a second one waits for it."""
    import fcntl

    with open(__file__, encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_ready():
            return
        print("Setting up .venv from requirements.txt; this takes about half a minute.", file=sys.stderr, flush=True)
        run([sys.executable, "-I", "-m", "venv", "--clear", VENV], lock.fileno())
        pip = [PYTHON, "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        run([*pip, "--requirement", REQUIREMENTS], lock.fileno())
        with open(REQUIREMENTS, encoding="utf-8") as wanted, open(STAMP + ".new", "w", encoding="utf-8") as stamp:
            stamp.write(f"{VERSION}\n{wanted.read()}")
        os.replace(STAMP + ".new", STAMP)


def run(command: "list[str]", lock: int) -> None:
    """Run one step, which keeps the lock until it ends. If it fails, its own output is the reason."""
    import subprocess

    code = subprocess.run(command, stdout=sys.stderr, check=False, pass_fds=[lock]).returncode
    if code:
        failed = f"{'pip' if 'pip' in command else 'venv'} exited with {code}, see above"
        sys.exit(f"error: could not set up .venv: {failed}; fix that, then run this again")


def main() -> None:
    """Continue inside `.venv`, which is created first if it is missing or out of date."""
    if sys.version_info < (3, 11) or os.name == "nt":
        sys.exit(f"error: this needs Python 3.11 or newer, on Windows inside WSL; this is Python {VERSION}, {os.name}")
    try:
        if not is_ready():
            import ensurepip  # noqa: F401 - Debian packages it separately

            set_up()
    except ImportError:
        sys.exit("error: this Python cannot create .venv; install its venv module (Debian: apt install python3-venv)")
    except OSError as error:
        sys.exit(f"error: could not set up .venv ({error}); check the folder's permissions, then run this again")
    if sys.executable != PYTHON:
        os.execv(PYTHON, [PYTHON, os.path.join(ROOT, "tasks.py"), *sys.argv[1:]])
    sys.path[0] = os.path.join(ROOT, "plugins")
    from briefing.commands.app import main as run_command

    sys.exit(run_command(sys.argv[1:], ROOT))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
