"""A snapshot of what a site is built from, so that a published site is never older than its content."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from briefing.content.library.tree import is_ignored
from briefing.errors import BriefingError
from briefing.publish.built_site import read_build_id
from briefing.settings import FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from briefing.settings import Settings

FileStat = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class SourceSnapshot:
    """Settings, content and theme at one moment: each file's modification time, size and inode, by its path.

    Only equality counts, so the clock does not matter.
    """

    root: Path
    folders: tuple[Path, ...]
    files: Mapping[str, FileStat]

    def require_unchanged(self) -> None:
        """Raise BriefingError if a file was changed, added or removed since."""
        now = _stat_files(self.root, self.folders)
        changed = sorted(name for name in self.files.keys() | now.keys() if self.files.get(name) != now.get(name))
        if changed:
            more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
            msg = f"{changed[0]}{more} changed after the build started, so nothing was published: run publish again"
            raise BriefingError(msg)


def take_snapshot(settings: Settings) -> SourceSnapshot:
    """Return a snapshot of a publication. Take it before the content is read."""
    folders = settings.content, settings.theme
    return SourceSnapshot(settings.root, folders, _stat_files(settings.root, folders))


def require_current(snapshot: SourceSnapshot, output: Path, build_id: str) -> None:
    """Raise BriefingError unless `output` contains this build and no source has changed since the snapshot."""
    snapshot.require_unchanged()
    if read_build_id(output) != build_id:
        msg = f"another command rebuilt {output}, so nothing was published: run publish again"
        raise BriefingError(msg)


def _stat_files(root: Path, folders: tuple[Path, ...]) -> dict[str, FileStat]:
    found = {}
    for path in (str(root / FILE), *(path for folder in folders for path in _list_files(str(folder), ""))):
        try:
            status = os.stat(path)  # noqa: PTH116 - for thousands of files
        except FileNotFoundError:
            continue
        found[os.path.relpath(path, root)] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return found


def _list_files(folder: str, below: str) -> Iterator[str]:
    """Yield the files that a build reads, without those that editors put beside them."""
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for entry in entries:
        if is_ignored(entry.name, below):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _list_files(entry.path, f"{below}{entry.name}/")
        else:
            yield entry.path
