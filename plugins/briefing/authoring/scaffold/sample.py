"""What of a repository is the shipped sample, and nobody's own work: only that may be taken away."""

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
"""The sample publication: until `init`, `pelicanconf.py` and content/ are the same files."""
_FEW: Final = 5


def require_sample(root: Path) -> None:
    """Raise BriefingError where the repository is a publication of somebody's own, wholly or in part.

    It is the sample where neither the settings nor content/ hold anything else, and where git, if it keeps the
    folder, knows of no change. Hidden files are left alone and do not count.
    """
    shipped = root / SAMPLE / FILE
    if not shipped.is_file():
        msg = f"{SAMPLE}/ is missing, by which the sample is told from your own work; put the program's files back"
        raise BriefingError(msg)
    name = load(root).name
    if name != resolve(root, runpy.run_path(str(shipped))).name:
        msg = f"this repository is `{name}` already: a publication is begun once; change {FILE} and content/ instead"
        raise BriefingError(msg)
    if not _is_shipped(root, FILE):
        msg = f"{FILE} is not the sample's any more; keep a copy of yours, `cp {SAMPLE}/{FILE} .`, run this again"
        raise BriefingError(msg)
    if own := [name for name in _content(root) if not _is_shipped(root, name)]:
        msg = f"not of the sample: {_few(own)}; move it out of content/, run this again, and put it back"
        raise BriefingError(msg)
    if changed := uncommitted(root):
        msg = f"not committed: {_few(changed)}; commit or remove it, then run this again"
        raise BriefingError(msg)


def sample_files(root: Path) -> tuple[str, ...]:
    """The sample's files that lie in content/ unchanged, by their paths in the repository."""
    return tuple(name for name in _content(root) if _is_shipped(root, name))


def uncommitted(root: Path) -> tuple[str, ...]:
    """What git would list as changed or untracked; nothing where there is no git, or no repository."""
    command = ["git", "-c", "core.quotePath=false", "status", "--porcelain", "--", "."]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, check=False, text=True, errors="replace")
    except FileNotFoundError:
        return ()
    return () if done.returncode else tuple(line[3:] for line in done.stdout.splitlines())


def _content(root: Path) -> Iterator[str]:
    """The files in content/, in order."""
    for folder, folders, files in os.walk(root / "content"):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in sorted([*files, *links]):
            if not name.startswith("."):
                yield (Path(folder) / name).relative_to(root).as_posix()


def _is_shipped(root: Path, name: str) -> bool:
    own, shipped = root / name, root / SAMPLE / name
    return shipped.is_file() and own.is_file() and not own.is_symlink() and own.read_bytes() == shipped.read_bytes()


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + more
