"""`tasks.py` on a machine with Python alone: what it makes, and what it says where it cannot.

The set-ups here install one small wheel made on the spot, so that no network is needed.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

TASKS = Path(__file__).resolve().parent.parent / "tasks.py"
APP = """\
import sys
import tiny

def main(argv, root):
    print(tiny.WORD, sys.prefix, root, *argv)
    return 7
"""
FAILED = "error: could not set up .venv: pip exited with 1, see above; fix that, then run this again"
PRETEND = "import runpy, sys; {}; sys.argv[:] = ['tasks.py', 'x']; runpy.run_path({!r}, run_name='__main__')"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder as after `git clone`: tasks.py, requirements.txt and a command line that says where it runs."""
    root = tmp_path / "a clone"
    commands = root / "plugins" / "briefing" / "commands"
    commands.mkdir(parents=True)
    (commands / "app.py").write_text(APP, encoding="utf-8")
    shutil.copy(TASKS, root)
    require(root, "1.0")
    return root


def make_wheel(root: Path, name: str, version: str, needs: str = "", size: int = 0) -> Path:
    """A wheel of one module."""
    wheel = root / "wheels" / f"{name}-{version}-py3-none-any.whl"
    wheel.parent.mkdir(exist_ok=True)
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.py", f"WORD = '{name} {version}'\n" + "#" * size)
        depends = f"Requires-Dist: {needs}\n" if needs else ""
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{depends}")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return wheel


def require(root: Path, version: str, digest: str = "", *, needs: str = "", size: int = 0) -> None:
    """Pin the small wheel in requirements.txt, at a version that is made beside it.

    needs: a package that it depends on, which is not pinned; of those, `other` exists. size: how many octets it holds.
    """
    if needs:
        make_wheel(root, "other", "1.0")
    wheel = make_wheel(root, "tiny", version, needs, size)
    digest = digest or hashlib.sha256(wheel.read_bytes()).hexdigest()
    pin = f"--no-index\n--find-links wheels\ntiny=={version} --hash=sha256:{digest}\n"
    (root / "requirements.txt").write_text(pin, encoding="utf-8")


def start(root: Path, *argv: str, cwd: Path | None = None, limit: int = 0, **environment: str) -> subprocess.Popen[str]:
    """One run, as a user's shell starts it, in a process group of its own. limit: octets in a file, as on a full disk."""
    bare = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV" and "PYTHON" not in name}
    limited = ["bash", "-c", f'ulimit -f {limit // 1024} && exec "$@"', "bash"] if limit else []
    return subprocess.Popen(
        [*limited, sys.executable, str(root / "tasks.py"), *argv],
        cwd=cwd or root,
        env=bare | environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """How a run ended, and what it said."""
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def pretending(statement: str) -> tuple[int, str]:
    """A run in a Python about which something was pretended first."""
    code = PRETEND.format(statement, str(TASKS))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def test_the_first_run_sets_up_and_goes_on(clone: Path) -> None:
    code, out, err = ended(start(clone, "build", "--drafts"))
    assert (code, out) == (7, f"tiny 1.0 {clone}/.venv {clone} build --drafts\n")
    assert len(err.splitlines()) == 1


def test_later_runs_only_go_on_from_any_folder(clone: Path, tmp_path: Path) -> None:
    ended(start(clone))
    stamp = (clone / ".venv" / "set-up").stat().st_mtime_ns
    code, out, err = ended(start(clone, "check", cwd=tmp_path))
    assert (code, err) == (7, "")
    assert out.endswith(f"{clone} check\n")
    assert (clone / ".venv" / "set-up").stat().st_mtime_ns == stamp


def test_changed_requirements_are_installed(clone: Path) -> None:
    ended(start(clone))
    require(clone, "2.0")
    code, out, err = ended(start(clone))
    assert (code, out.split()[:2], len(err.splitlines())) == (7, ["tiny", "2.0"], 1)


def test_two_first_runs_at_once(clone: Path) -> None:
    runs = [ended(run) for run in [start(clone), start(clone)]]
    assert [code for code, _, _ in runs] == [7, 7]
    assert sum("Setting up" in err for _, _, err in runs) == 1


@pytest.mark.parametrize("made", ["pyvenv.cfg", "bin/pip"])
def test_a_killed_set_up_is_mended(clone: Path, made: str) -> None:
    run = start(clone)
    deadline = time.monotonic() + 60
    while not (clone / ".venv" / made).exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.killpg(run.pid, signal.SIGKILL)
    assert ended(run)[0] == -signal.SIGKILL
    assert not (clone / ".venv" / "set-up").exists()
    assert ended(start(clone))[0] == 7


def test_a_failed_installation_has_pips_reason_and_is_mended(clone: Path) -> None:
    wheels = clone / "wheels"
    wheels.rename(clone / "elsewhere")
    code, out, err = ended(start(clone))
    assert (code, out) == (1, "")
    assert "No matching distribution found for tiny==1.0" in err
    assert err.splitlines()[-1] == FAILED
    (clone / "elsewhere").rename(wheels)
    assert ended(start(clone))[0] == 7


def no_network(root: Path) -> None:
    text = (root / "requirements.txt").read_text(encoding="utf-8")
    (root / "requirements.txt").write_text(
        text.replace("--no-index", "").replace("wheels", "nowhere"), encoding="utf-8"
    )


def full_disk(root: Path) -> None:
    require(root, "1.0", size=6_000_000)


def closed_port() -> int:
    """A port of this machine at which nothing answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (lambda root: require(root, "1.0", digest="0" * 64), r"DO NOT MATCH THE HASHES[\s\S]*tiny==1\.0"),
        (lambda root: require(root, "1.0", needs="other"), r"--require-hashes mode[\s\S]*other"),
        (lambda root: require(root, "1.0", needs="nowhere"), r"No matching distribution found for nowhere"),
        (no_network, r"Connection refused"),
        (full_disk, r"File too large"),
    ],
    ids=["changed", "unhashed", "no such package", "no network", "no room"],
)
def test_what_pip_refuses_is_said_in_its_words(clone: Path, what: Callable[[Path], None], reason: str) -> None:
    what(clone)
    index = f"http://127.0.0.1:{closed_port()}/simple"
    run = start(clone, limit=5_000_000 if what is full_disk else 0, PIP_INDEX_URL=index, PIP_RETRIES="1")
    code, out, err = ended(run)
    assert (code, out) == (1, "")
    assert re.search(reason, err)
    assert err.splitlines()[-1] == FAILED
    assert "Traceback" not in err


def test_a_place_that_cannot_be_written(clone: Path) -> None:
    (clone / ".venv").write_text("in the way", encoding="utf-8")
    code, _, err = ended(start(clone))
    assert code == 1
    assert err.splitlines()[-2].endswith("/.venv'")  # venv's own words, which differ from version to version
    assert err.splitlines()[-1] == FAILED.replace("pip", "venv")


def test_an_older_python_is_told() -> None:
    ast.parse(TASKS.read_text(encoding="utf-8"), feature_version=(3, 6))
    code, err = pretending("sys.version_info = (3, 10, 4)")
    assert (code, len(err.splitlines())) == (1, 1)
    assert "needs Python 3.11 or newer" in err
    assert "this is Python 3.10" in err


def test_a_python_without_venv_is_told(tmp_path: Path) -> None:
    shutil.copy(TASKS, tmp_path)
    code = PRETEND.format("sys.modules['ensurepip'] = None", str(tmp_path / "tasks.py"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "apt install python3-venv" in done.stderr


def test_tasks_stays_short_and_imports_the_standard_library_only() -> None:
    source = TASKS.read_text(encoding="utf-8")
    names = {
        alias.name.split(".")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert names <= sys.stdlib_module_names
    assert len(source.splitlines()) < 80
