"""`tasks.py` on a machine with Python alone: what it makes, and what it says where it cannot.

The set-ups here install one small wheel made on the spot, so that no network is needed.
"""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

TASKS = Path(__file__).resolve().parent.parent / "tasks.py"
APP = """\
import sys
import tiny

def main(argv, root):
    print(tiny.WORD, sys.prefix, root, *argv)
    return 7
"""
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


def require(root: Path, version: str, digest: str = "") -> None:
    """Pin the small wheel in requirements.txt, at a version that is made beside it."""
    wheel = root / "wheels" / f"tiny-{version}-py3-none-any.whl"
    wheel.parent.mkdir(exist_ok=True)
    info = f"tiny-{version}.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", f"WORD = 'tiny {version}'\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"tiny.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    digest = digest or hashlib.sha256(wheel.read_bytes()).hexdigest()
    pin = f"--no-index\n--find-links wheels\ntiny=={version} --hash=sha256:{digest}\n"
    (root / "requirements.txt").write_text(pin, encoding="utf-8")


def start(root: Path, *argv: str, cwd: Path | None = None) -> subprocess.Popen[str]:
    """One run, as a user's shell starts it, in a process group of its own."""
    bare = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV" and "PYTHON" not in name}
    return subprocess.Popen(
        [sys.executable, str(root / "tasks.py"), *argv],
        cwd=cwd or root,
        env=bare,
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


def test_a_failed_installation_is_one_line_and_mended(clone: Path) -> None:
    wheels = clone / "wheels"
    wheels.rename(clone / "elsewhere")
    code, out, err = ended(start(clone))
    said = err.splitlines()
    assert (code, out, len(said)) == (1, "", 2)
    assert said[1].startswith("error: .venv could not be set up (Could not find")
    assert "tiny==1.0" in said[1]
    assert said[1].endswith("then run this again")
    (clone / "elsewhere").rename(wheels)
    assert ended(start(clone))[0] == 7


def test_a_changed_package_is_refused(clone: Path) -> None:
    require(clone, "1.0", digest="0" * 64)
    code, _, err = ended(start(clone))
    assert code == 1
    assert "HASHES" in err.splitlines()[-1]


def test_a_place_that_cannot_be_written(clone: Path) -> None:
    (clone / ".venv").write_text("in the way", encoding="utf-8")
    code, _, err = ended(start(clone))
    assert code == 1
    assert err.splitlines()[-1].startswith("error: .venv could not be set up (")


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
