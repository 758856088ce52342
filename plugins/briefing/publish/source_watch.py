"""What a site is built from, watched while it is on its way: what is published is never older than the content."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from briefing.content.library.tree import is_ignored
from briefing.errors import BriefingError
from briefing.publish.built_output import build_id
from briefing.settings import FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from briefing.settings import Settings

Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Sources:
    """Settings, content and theme as they were at one moment: each file's time of change, size and inode, by its path.

    What is compared is equality, so that no clock matters.
    """

    root: Path
    folders: tuple[Path, ...]
    stamps: Mapping[str, Stamp]

    def require_unchanged(self) -> None:
        """Raise BriefingError where a file was changed, added or removed since: the site that was built is older."""
        now = _stamps(self.root, self.folders)
        changed = sorted(name for name in self.stamps.keys() | now.keys() if self.stamps.get(name) != now.get(name))
        if changed:
            more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
            msg = f"{changed[0]}{more} changed since the build began: nothing was published; run publish again"
            raise BriefingError(msg)


def require_newest(sources: Sources, output: Path, build: str) -> None:
    """Raise BriefingError unless `output` holds that very build and nothing it was made from has changed since."""
    sources.require_unchanged()
    if build_id(output) != build:
        msg = f"{output} was built anew by another command: nothing was published; run publish again"
        raise BriefingError(msg)


def sources_of(settings: Settings) -> Sources:
    """What the publication's site is built from, as it is now; to be taken before the content is read."""
    folders = settings.content, settings.theme
    return Sources(settings.root, folders, _stamps(settings.root, folders))


def _stamps(root: Path, folders: tuple[Path, ...]) -> dict[str, Stamp]:
    found = {}
    for path in (str(root / FILE), *(path for folder in folders for path in _files(str(folder), ""))):
        try:
            about = os.stat(path)  # noqa: PTH116 - for thousands of files
        except FileNotFoundError:
            continue
        found[os.path.relpath(path, root)] = (about.st_mtime_ns, about.st_size, about.st_ino)
    return found


def _files(folder: str, below: str) -> Iterator[str]:
    """The files that a build reads; what editors put beside them is none."""
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    for entry in entries:
        if is_ignored(entry.name, below):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path, f"{below}{entry.name}/")
        else:
            yield entry.path
