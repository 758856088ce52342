"""A folder of releases on this machine."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from briefing.errors import BriefingError
from briefing.publish.built_site import hash_files, list_files, read_build_id, require_unchanged
from briefing.publish.history import ReleaseHistory, build_id_of, is_release_name, release_of_checksum_file
from briefing.publish.lock import lock
from briefing.publish.releases import (
    CURRENT,
    FORMER_LINK,
    MARKER,
    MARKER_TEXT,
    NEW_PREFIX,
    OLD_PREFIX,
    RELEASES,
    refuse_foreign_link,
    refuse_foreign_names,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from briefing.publish.built_site import BuiltSite

_NEW_LINK = f"{NEW_PREFIX}{CURRENT}"


@dataclass(frozen=True, slots=True)
class LocalReleases:
    """A `ReleaseFolder` on this machine. It also raises OSError if the file system refuses an operation."""

    folder: Path

    @property
    def current_link(self) -> str:
        """See `ReleaseFolder`."""
        return str(self.folder / CURRENT)

    def refuse_foreign_files(self, *, adopt: bool) -> None:
        """See `ReleaseFolder`."""
        if not self.folder.exists():
            return
        if not self.folder.is_dir():
            msg = f"{self.folder} is a file: publish to a folder"
            raise BriefingError(msg)
        refuse_foreign_names(self.folder, {entry.name for entry in self.folder.iterdir()}, adopt=adopt)
        if os.path.lexists(self._releases) and not self._releases.is_dir():
            msg = f"{self._releases} is not a folder: move it away and run publish again"
            raise BriefingError(msg)
        link = self.folder / CURRENT
        if os.path.lexists(link) and not self._current_release():
            refuse_foreign_link(str(link), is_link=link.is_symlink(), adopt=adopt)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """See `ReleaseFolder`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / MARKER).open("a", encoding="utf-8") as marker:
            lock(marker, self.folder)
            if not marker.tell():
                marker.write(MARKER_TEXT)
                marker.flush()
            self._releases.mkdir(exist_ok=True)
            self._remove_leftovers()
            try:
                yield
            finally:
                self._remove_leftovers()

    def history(self) -> ReleaseHistory:
        """See `ReleaseFolder`."""
        if not self._releases.is_dir():
            return ReleaseHistory("", ())
        newest_first = sorted(
            ((entry.stat().st_mtime_ns, entry.name) for entry in self._releases.iterdir() if _is_release(entry)),
            reverse=True,
        )
        return ReleaseHistory(self._current_release(), tuple(name for _, name in newest_first))

    def hashes(self, release: str) -> Mapping[str, str]:
        """See `ReleaseFolder`."""
        folder = self._releases / release
        return hash_files(folder, list_files(folder))

    def create(self, site: BuiltSite, hashes: Mapping[str, str], current: str, unchanged: Collection[str]) -> str:
        """See `ReleaseFolder`."""
        new = self._releases / f"{NEW_PREFIX}{site.id}"
        folders = {self._releases, new}
        new.mkdir()
        for name in hashes:
            copy = new / name
            if copy.parent not in folders:
                copy.parent.mkdir(parents=True, exist_ok=True)
                folders.update(copy.parents[: name.count("/")])
            if name not in unchanged or not _hard_link(self._releases / current / name, copy):
                _copy(site.folder / name, copy)
        require_unchanged(site)
        for folder in folders:
            _fsync_folder(folder)
        return new.rename(self._unused_path(site.id)).name

    def mark_newest(self, release: str) -> None:
        """See `ReleaseFolder`. Works even if the clock went backwards."""
        folder = self._releases / release
        os.utime(folder)
        others = [name for name in self.history().releases if name != release]
        newest = max(((self._releases / name).stat().st_mtime_ns for name in others), default=0)
        if folder.stat().st_mtime_ns <= newest:
            os.utime(folder, ns=(newest + 1, newest + 1))
        _fsync_folder(self._releases)

    def activate(self, release: str) -> None:
        """See `ReleaseFolder`."""
        link, new = self.folder / CURRENT, self.folder / _NEW_LINK
        if link.is_symlink() and not self._current_release():
            self._keep_foreign_link(link.readlink())
        new.symlink_to(f"{RELEASES}/{release}")
        new.replace(link)
        _fsync_folder(self.folder)

    def remove(self, releases: Iterable[str]) -> None:
        """See `ReleaseFolder`."""
        for name in releases:
            shutil.rmtree((self._releases / name).rename(self._releases / f"{OLD_PREFIX}{name}"))

    @property
    def _releases(self) -> Path:
        return self.folder / RELEASES

    def _current_release(self) -> str:
        """Return the name of the release that `current` points to; "" if it is not a link to a whole release."""
        link = self.folder / CURRENT
        if not link.is_symlink():
            return ""
        target = Path(os.path.normpath(self.folder / link.readlink()))
        return target.name if target.parent == self._releases and _is_release(target) else ""

    def _keep_foreign_link(self, target: Path) -> None:
        kept, number = self.folder / FORMER_LINK, 1
        while os.path.lexists(kept):
            if kept.is_symlink() and kept.readlink() == target:
                return
            number += 1
            kept = self.folder / f"{FORMER_LINK}.{number}"
        kept.symlink_to(target)

    def _unused_path(self, build_id: str) -> Path:
        """Return a path named after the build, with a number if a different release has that name."""
        number = 0
        while os.path.lexists(path := self._releases / (f"{build_id}.{number}" if number else build_id)):
            number += 1
        return path

    def _remove_leftovers(self) -> None:
        (self.folder / _NEW_LINK).unlink(missing_ok=True)
        for entry in self._releases.iterdir():
            release = release_of_checksum_file(entry.name)
            if release and not (self._releases / release).exists():
                entry.unlink()
            elif entry.name.startswith((NEW_PREFIX, OLD_PREFIX)):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def _is_release(folder: Path) -> bool:
    return is_release_name(folder.name) and read_build_id(folder) == build_id_of(folder.name)


def _hard_link(old: Path, new: Path) -> bool:
    """Create a hard link. Return False if that is not possible, such as for files of another owner."""
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


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
