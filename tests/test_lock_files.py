"""Both lock files install, from nothing, with an old pip and the newest, from the registry that this machine uses."""

from __future__ import annotations

import ensurepip
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.conftest import leave_out

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
FILES = ("requirements.txt", "requirements-test.txt", "requirements-bench.txt")
# The pip of Debian 12, which later Pythons cannot run and never had, or the one that this Python brings; and today's.
OLD = "pip==23.0.1" if sys.version_info < (3, 12) else f"pip=={ensurepip.version()}"
PIPS = (OLD, "pip")
NO_REGISTRY = re.compile(r"from versions: none|NewConnectionError|ConnectTimeout|NameResolution|ProxyError")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """A program of an environment of its own; this one's is not passed on."""
    bare = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV" and "PYTHON" not in name}
    return subprocess.run(command, env=bare, capture_output=True, text=True, check=False, timeout=600)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The Python of an environment in which nothing is installed but one pip."""
    made: dict[str, Path] = {}

    def make(pip: str) -> Path:
        if pip not in made:
            folder = tmp_path_factory.mktemp("venv")
            assert run(sys.executable, "-m", "venv", str(folder)).returncode == 0
            python = folder / "bin" / "python"
            done = run(str(python), "-m", "pip", "install", "--quiet", "--upgrade", pip)
            if done.returncode and NO_REGISTRY.search(done.stderr):
                leave_out("the package registry cannot be reached")
            assert done.returncode == 0, done.stderr
            made[pip] = python
        return made[pip]

    return make


def installed(python: Path, file: Path) -> subprocess.CompletedProcess[str]:
    """What pip would install for a lock file; nothing is."""
    install = ["install", "--quiet", "--dry-run", "--require-hashes", "--requirement", str(file)]
    return run(str(python), "-m", "pip", *install)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("pip", PIPS)
def test_a_lock_file_installs_from_nothing(empty: Callable[[str], Path], pip: str, file: str) -> None:
    done = installed(empty(pip), ROOT / file)
    assert done.returncode == 0, done.stderr


def test_a_lock_file_that_lacks_something_is_seen(empty: Callable[[str], Path], tmp_path: Path) -> None:
    whole = (ROOT / "requirements-test.txt").read_text(encoding="utf-8")
    wanted = ("coverage", "iniconfig", "packaging", "pluggy", "pygments", "pytest", "pytest-cov")
    blocks = re.findall(r"^[a-z0-9].*(?:\n    .*)+", whole, re.MULTILINE)
    some = [block for block in blocks if re.match(rf"(?:{'|'.join(wanted)})(?:\[\w+\])?==", block)]
    file = tmp_path / "some.txt"
    file.write_text("\n".join(some), encoding="utf-8")
    assert installed(empty(OLD), file).returncode == 0
    faulty = {"iniconfig": [block for block in some if not block.startswith("iniconfig")]}
    if OLD == "pip==23.0.1":  # later ones find the pinned version without its extra, too
        faulty["coverage"] = [block.replace("coverage[toml]==", "coverage==") for block in some]
    for name, left in faulty.items():
        file.write_text("\n".join(left), encoding="utf-8")
        done = installed(empty(OLD), file)
        assert done.returncode == 1, name
        assert re.search(rf"--require-hashes mode[\s\S]*{name}", done.stderr), done.stderr
