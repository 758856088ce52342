"""A folder of releases on this machine."""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from briefing.errors import BriefingError
from briefing.publish.built_output import build_id, hashes, names_in, still_the_same
from briefing.publish.history import History, build_of, is_release_name, release_of_list
from briefing.publish.releases import (
    CURRENT,
    KEPT_ASIDE,
    MARK,
    MARK_TEXT,
    NEW,
    OLD,
    RELEASES,
    in_the_way,
    strangers,
    under_way,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from briefing.publish.built_output import Built

_LINK = f"{NEW}{CURRENT}"


@dataclass(frozen=True, slots=True)
class LocalReleases:
    """A `Place` by its folder. Beside what that promises it raises OSError where the file system refuses."""

    folder: Path

    @property
    def served_at(self) -> str:
        """See `Place`."""
        return str(self.folder / CURRENT)

    def refuse_strangers(self, *, adopt: bool) -> None:
        """See `Place`."""
        if not self.folder.exists():
            return
        if not self.folder.is_dir():
            msg = f"{self.folder} is a file: publish to a folder"
            raise BriefingError(msg)
        strangers(self.folder, {entry.name for entry in self.folder.iterdir()}, adopt=adopt)
        if os.path.lexists(self._all) and not self._all.is_dir():
            msg = f"{self._all} is not a folder: move it away and run publish again"
            raise BriefingError(msg)
        link = self.folder / CURRENT
        if os.path.lexists(link) and not self._led_to():
            fault = in_the_way(str(link), is_link=link.is_symlink(), adopt=adopt)
            if fault:
                raise fault

    @contextmanager
    def locked(self) -> Iterator[None]:
        """See `Place`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / MARK).open("a", encoding="utf-8") as mark:
            try:
                fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise under_way(self.folder) from error
            if not mark.tell():
                mark.write(MARK_TEXT)
                mark.flush()
            self._all.mkdir(exist_ok=True)
            self._clear_leftovers()
            try:
                yield
            finally:
                self._clear_leftovers()

    def history(self) -> History:
        """See `Place`."""
        if not self._all.is_dir():
            return History("", ())
        aged = sorted(
            ((entry.stat().st_mtime_ns, entry.name) for entry in self._all.iterdir() if _is_release(entry)),
            reverse=True,
        )
        return History(self._led_to(), tuple(name for _, name in aged))

    def contents(self, release: str) -> Mapping[str, str]:
        """See `Place`."""
        folder = self._all / release
        return hashes(folder, names_in(folder))

    def make(self, built: Built, wanted: Mapping[str, str], served: str, same: Collection[str]) -> str:
        """See `Place`."""
        new = self._all / f"{NEW}{built.id}"
        folders = {self._all, new}
        new.mkdir()
        for name in wanted:
            copy = new / name
            if copy.parent not in folders:
                copy.parent.mkdir(parents=True, exist_ok=True)
                folders.update(copy.parents[: name.count("/")])
            if name not in same or not _linked(self._all / served / name, copy):
                _copy(built.folder / name, copy)
        still_the_same(built)
        for folder in folders:
            _settle(folder)
        return new.rename(self._free(built.id)).name

    def renew(self, release: str) -> None:
        """See `Place`. It is the newest even where the clock went backwards."""
        folder = self._all / release
        os.utime(folder)
        others = [name for name in self.history().releases if name != release]
        newest = max(((self._all / name).stat().st_mtime_ns for name in others), default=0)
        if folder.stat().st_mtime_ns <= newest:
            os.utime(folder, ns=(newest + 1, newest + 1))
        _settle(self._all)

    def lead_to(self, release: str) -> None:
        """See `Place`."""
        link, new = self.folder / CURRENT, self.folder / _LINK
        if link.is_symlink() and not self._led_to():
            self._keep_aside(link.readlink())
        new.symlink_to(f"{RELEASES}/{release}")
        new.replace(link)
        _settle(self.folder)

    def remove(self, releases: Iterable[str]) -> None:
        """See `Place`."""
        for name in releases:
            shutil.rmtree((self._all / name).rename(self._all / f"{OLD}{name}"))

    @property
    def _all(self) -> Path:
        return self.folder / RELEASES

    def _led_to(self) -> str:
        """The name of the release that `current` leads to; "" where it is no link to a whole one."""
        link = self.folder / CURRENT
        if not link.is_symlink():
            return ""
        target = Path(os.path.normpath(self.folder / link.readlink()))
        return target.name if target.parent == self._all and _is_release(target) else ""

    def _keep_aside(self, target: Path) -> None:
        aside, number = self.folder / KEPT_ASIDE, 1
        while os.path.lexists(aside):
            if aside.is_symlink() and aside.readlink() == target:
                return
            number += 1
            aside = self.folder / f"{KEPT_ASIDE}.{number}"
        aside.symlink_to(target)

    def _free(self, build: str) -> Path:
        """The build's own name, or a numbered one where a release that differs has it."""
        number = 0
        while os.path.lexists(name := self._all / (f"{build}.{number}" if number else build)):
            number += 1
        return name

    def _clear_leftovers(self) -> None:
        (self.folder / _LINK).unlink(missing_ok=True)
        for entry in self._all.iterdir():
            listed = release_of_list(entry.name)
            if listed and not (self._all / listed).exists():
                entry.unlink()
            elif entry.name.startswith((NEW, OLD)):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def _is_release(folder: Path) -> bool:
    return is_release_name(folder.name) and build_id(folder) == build_of(folder.name)


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
