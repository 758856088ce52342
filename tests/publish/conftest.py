"""BuiltSite sites to publish, and git repositories to publish from."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.publish.sshd import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.publish.sshd import Sshd


@pytest.fixture
def tree() -> Callable[[Path], dict[str, bytes]]:
    """A function that reads every file below a folder, by name."""

    def read(folder: Path) -> dict[str, bytes]:
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    return read


@pytest.fixture
def write_site() -> Callable[[Path, Mapping[str, str]], str]:
    """A function that puts a complete site of these pages in a folder, as the builder leaves it; it returns the id."""
    return _write_site


def _write_site(output: Path, pages: Mapping[str, str]) -> str:
    shutil.rmtree(output, ignore_errors=True)
    for name, text in pages.items():
        file = output / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    build = hashlib.sha256(json.dumps(pages, sort_keys=True).encode()).hexdigest()[:16]
    output.mkdir(exist_ok=True)
    (output / "build.json").write_text(json.dumps({"id": build}))
    return build


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "publication" / "output"


@pytest.fixture
def build(output: Path) -> Callable[[Mapping[str, str]], str]:
    """A function that builds these pages into `output` and returns the id."""
    output.parent.mkdir()
    return partial(_write_site, output)


@pytest.fixture
def git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., str]:
    """Git with no configuration but its own defaults."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (tmp_path / "gitconfig").write_text("[init]\n\tdefaultBranch = main\n")

    def run(folder: Path, *command: str) -> str:
        return subprocess.run(
            ["git", *command],  # noqa: S607 - found in PATH, as the program finds it
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()

    return run


@pytest.fixture(scope="session")
def _sshd(tool: Callable[[str], str]) -> Iterator[Sshd]:
    for name in ("ssh", "rsync"):
        tool(name)
    # Not pytest's folder: the path of a shared connection must be short.
    with tempfile.TemporaryDirectory(prefix="sshd-") as folder, running(tool("sshd"), Path(folder)) as server:
        yield server


@pytest.fixture
def host(_sshd: Sshd) -> Sshd:
    """A host that is reached by ssh, with an empty home."""
    _sshd.reset()
    return _sshd
