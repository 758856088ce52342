"""A folder of releases: `releases/ID` holds one whole site each, the link `current` leads to one of them.

A release is made under a temporary name, made durable, and only then given its own; the link is replaced
by a rename (POSIX: atomic). So `current` leads to a whole release at every moment, and what a killed
publish leaves behind has a temporary name by which the next one knows it.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from briefing.errors import BriefingError
from briefing.publish.built import build_id, still_the_same

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from briefing.publish.built import Built

CURRENT = "current"
MARK = ".briefing-releases"
KEPT = 5
_MARK_TEXT = "The releases of a briefing, made by its publish command. A web server's folder is `current`.\n"
_RELEASE = re.compile(r"[0-9a-f]+(\.[0-9]+)?")
_TEMPORARY = (".new-", ".old-")
_LINK = ".new-current"


@dataclass(frozen=True, slots=True)
class Releases:
    """The target folder, which may not exist yet."""

    folder: Path

    def refuse_strangers(self) -> None:
        """Raise BriefingError unless the folder is missing, empty or ours."""
        if not self.folder.exists():
            return
        if not self.folder.is_dir():
            msg = f"{self.folder} is a file: publish to a folder"
            raise BriefingError(msg)
        names = {entry.name for entry in self.folder.iterdir()} - {"lost+found"}
        if names and MARK not in names:
            some = ", ".join(sorted(names)[:3])
            msg = f"{self.folder} holds files that publish did not make ({some}): name an empty folder or a new one"
            raise BriefingError(msg)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Own the folder, made and marked as ours if need be, free of what an interrupted publish left.

        Raises BriefingError while another publish owns it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / MARK).open("a", encoding="utf-8") as mark:
            try:
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                msg = f"another publish to {self.folder} is under way: wait for its end and run publish again"
                raise BriefingError(msg) from error
            if not mark.tell():
                mark.write(_MARK_TEXT)
                mark.flush()
            self._all.mkdir(exist_ok=True)
            self._clear_leftovers()
            try:
                yield
            finally:
                self._clear_leftovers()

    def current(self) -> Path | None:
        """The release that readers are given, if there is one. Raises BriefingError where the link is not ours."""
        link = self.folder / CURRENT
        if not link.is_symlink() and not link.exists():
            return None
        target = Path(os.path.normpath(self.folder / link.readlink())) if link.is_symlink() else link
        if target.parent != self._all or not _RELEASE.fullmatch(target.name):
            msg = f"{link} is no link to a release: move it away and run publish again"
            raise BriefingError(msg)
        return self.named(target.name)

    def named(self, name: str) -> Path | None:
        """The release of that name, if it is there."""
        release = self._all / name
        return release if release.is_dir() else None

    def make(self, built: Built, served: Path | None, same: Collection[str]) -> Path:
        """Make a whole, durable release of the built site, and return its folder; readers do not see it yet.

        Files named in `same` are hard-linked from the release `served`, where the file system can.
        """
        new = self._all / f".new-{built.id}"
        folders = {self._all, new}
        new.mkdir()
        for name in built.names:
            copy = new / name
            if copy.parent not in folders:
                copy.parent.mkdir(parents=True, exist_ok=True)
                folders.update(copy.parents[: name.count("/")])
            if served is None or name not in same or not _linked(served / name, copy):
                _copy(built.folder / name, copy)
        still_the_same(built)
        for folder in folders:
            _settle(folder)
        return new.rename(self._free(built.id))

    def switch(self, release: Path) -> None:
        """Give readers this release from now on."""
        os.utime(release)  # its age among the releases, by which `prune` goes
        _settle(self._all)
        link = self.folder / _LINK
        link.symlink_to(f"{self._all.name}/{release.name}")
        link.replace(self.folder / CURRENT)
        _settle(self.folder)

    def prune(self) -> None:
        """Remove all releases but the last five that readers were given."""
        served = self.current()
        ours = [release for release in self._all.iterdir() if _is_release(release) and release != served]
        ours.sort(key=lambda release: (release.stat().st_mtime_ns, release.name), reverse=True)
        for release in ours[KEPT - 1 :]:
            # Renamed first: half a release must never bear a release's name.
            shutil.rmtree(release.rename(self._all / f".old-{release.name}"))

    @property
    def _all(self) -> Path:
        return self.folder / "releases"

    def _free(self, build: str) -> Path:
        """The build's own name, or a numbered one where a release that differs has it."""
        number = 0
        while (name := self._all / (f"{build}.{number}" if number else build)).exists():
            number += 1
        return name

    def _clear_leftovers(self) -> None:
        (self.folder / _LINK).unlink(missing_ok=True)
        for entry in self._all.iterdir():
            if entry.name.startswith(_TEMPORARY):
                shutil.rmtree(entry)


def _is_release(folder: Path) -> bool:
    return bool(_RELEASE.fullmatch(folder.name)) and build_id(folder) == folder.name.partition(".")[0]


def _linked(old: Path, new: Path) -> bool:
    """Whether a hard link could be made; where it cannot (other owner, no such file system), files are copied."""
    try:
        new.hardlink_to(old)
    except OSError:
        return False
    return True


def _copy(old: Path, new: Path) -> None:
    with old.open("rb") as source, new.open("xb") as copy:
        shutil.copyfileobj(source, copy)
        copy.flush()
        os.fsync(copy.fileno())


def _settle(folder: Path) -> None:
    """Make a folder's entries durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
