"""Recognize the sample in a repository: only its files may be removed, and nobody's own work."""

from __future__ import annotations

import os
import runpy
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from briefing.errors import BriefingError
from briefing.settings import FILE, load, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SAMPLE: Final = "tests/sample"
"""The sample publication. Until `init`, `pelicanconf.py` and content/ are the same files."""
_MAX_NAMED: Final = 5


def require_sample(root: Path) -> None:
    """Raise BriefingError if the repository contains anybody's own work.

    It is the sample if the settings and content/ contain nothing else, and git, if it is used, knows of no change. Hidden
    files do not count and stay.
    """
    sample_settings = root / SAMPLE / FILE
    if not sample_settings.is_file():
        msg = f"{SAMPLE}/ is missing, which is needed to tell the sample from your own work; restore it"
        raise BriefingError(msg)
    name = load(root).name
    if name != resolve(root, runpy.run_path(str(sample_settings))).name:
        msg = f"this repository already contains `{name}`, and init runs only once; edit {FILE} and content/ instead"
        raise BriefingError(msg)
    if not _is_sample_file(root, FILE):
        msg = f"{FILE} differs from the sample; save a copy, run `cp {SAMPLE}/{FILE} .`, then run this again"
        raise BriefingError(msg)
    if own := [name for name in _content_files(root) if not _is_sample_file(root, name)]:
        msg = f"not in the sample: {_join(own)}; move it out of content/, run this again, then move it back"
        raise BriefingError(msg)
    if changed := uncommitted_files(root):
        msg = f"not committed: {_join(changed)}; commit or remove it, then run this again"
        raise BriefingError(msg)


def sample_files(root: Path) -> tuple[str, ...]:
    """Return the unchanged files of the sample in content/, by their paths in the repository."""
    return tuple(name for name in _content_files(root) if _is_sample_file(root, name))


def uncommitted_files(root: Path) -> tuple[str, ...]:
    """Return the files that git lists as changed or untracked; none without git or a repository."""
    command = ["git", "-c", "core.quotePath=false", "status", "--porcelain", "--", "."]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, check=False, text=True, errors="replace")
    except FileNotFoundError:
        return ()
    return () if done.returncode else tuple(line[3:] for line in done.stdout.splitlines())


def _content_files(root: Path) -> Iterator[str]:
    """Yield the files in content/, in order."""
    for folder, folders, files in os.walk(root / "content"):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in sorted([*files, *links]):
            if not name.startswith("."):
                yield (Path(folder) / name).relative_to(root).as_posix()


def _is_sample_file(root: Path, name: str) -> bool:
    own, sample = root / name, root / SAMPLE / name
    return sample.is_file() and own.is_file() and not own.is_symlink() and own.read_bytes() == sample.read_bytes()


def _join(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    return ", ".join(names[:_MAX_NAMED]) + more
