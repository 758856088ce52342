"""The second step of a flush: staged files take their places, or everything goes back to where it was.

Only renames, links and empty folders are made here; every byte was written before. Until `finish` each step can be undone:
what is replaced or removed waits in the staging folder.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

from briefing import urls
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MARKER: Final = urls.BUILD_ID
STAGING: Final = urls.UNPUBLISHED[0]
_EMPTY: Final = json.dumps({"id": ""}).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Written:
    """What a flush did, in files."""

    written: int = 0
    removed: int = 0
    unchanged: int = 0

    def __add__(self, other: Written) -> Written:
        return Written(self.written + other.written, self.removed + other.removed, self.unchanged + other.unchanged)


@dataclass(slots=True)
class Replacement:
    """What differs in a folder, staged: applied or discarded, and once applied, undone or finished.

    keep: entries at the folder's top that stay. is_outbox: whether only the digests there are ours. id: the site's, as
    `build.json` will state it.
    """

    folder: Path
    keep: tuple[str, ...]
    is_outbox: bool
    id: str = ""
    unchanged: set[str] = field(default_factory=set)
    strays: list[str] = field(default_factory=list)
    staged: dict[str, Path] = field(default_factory=dict)
    _is_whole: bool = False
    _made: list[Path] = field(default_factory=list)
    _undo: list[Callable[[], None]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    @property
    def _staging(self) -> Path:
        return self.folder / STAGING

    @property
    def _aside(self) -> Path:
        return self._staging / "old"

    def stage(self, contents: dict[str, bytes]) -> None:
        """Write each file under a number into the staging folder, which a killed build may have left behind."""
        if self._staging.exists():
            shutil.rmtree(self._staging)
        if not contents and not self.strays:
            return
        for folder in (*_missing(self.folder), self._staging, self._aside):
            folder.mkdir()
            self._made.append(folder)
        (self._staging / "marker").write_bytes(_EMPTY)
        for number, (name, content) in enumerate(contents.items()):
            self.staged[name] = self._staging / str(number)
            self.staged[name].write_bytes(content)

    def discard(self) -> None:
        """Leave the folder as it was found."""
        if self._made:
            shutil.rmtree(self._staging, ignore_errors=True)
        for folder in reversed(self._made):
            with suppress(OSError):
                folder.rmdir()

    def apply(self) -> None:
        """Set aside what is gone and move every staged file to its place; `build.json` first empty, last whole.

        Raises BriefingError if a step fails; then the folder is as it was.
        """
        try:
            if (self.staged or self.strays) and not self.is_outbox:
                self._place(self._staging / "marker", self.folder / MARKER)
            for name in self.strays:
                self._set_aside(self.folder / name)
            for name in sorted(self.staged, key=lambda name: name == MARKER):
                self._place(self.staged[name], self.folder / name)
            self._is_whole = True
        except OSError as error:
            self.undo()
            raise cannot_write(error, self.folder) from error
        except BaseException:
            self.undo()
            raise

    def undo(self) -> None:
        """Put everything back, the last step first. Raises BriefingError if that fails: the next build mends it.

        A folder that is not whole never states an id: the old one comes back only behind everything else, and if the new
        one cannot be taken away, what it stands for stays.
        """
        failed: OSError | None = None
        first, last = len(self._undo), 1
        while self._undo:
            place, step = len(self._undo), self._undo.pop()
            if failed is not None and not self.is_outbox and (place == last or (self._is_whole and place == first - 1)):
                break
            try:
                step()
            except OSError as error:
                failed = failed or error
        if failed is not None:
            what = f"cannot write {failed.filename or self.folder}, nor put the files before it back: {failed.strerror}"
            msg = f"{what}; {self.folder} is incomplete until you mend that and build again"
            raise BriefingError(msg) from failed
        self.discard()

    def finish(self) -> Written:
        """Forget what was set aside, and remove folders that are empty now. The files are whole, whatever fails here."""
        shutil.rmtree(self._staging, ignore_errors=True)
        with suppress(OSError):
            if self.strays:
                self._remove_empty_folders()
        return Written(len(self.staged), len(self.strays), len(self.unchanged))

    def _place(self, source: Path, path: Path) -> None:
        """Move a file to its place at one stroke; what is there stays in the staging folder."""
        self._make_folders(path.parent)
        is_folder = path.is_dir() and not path.is_symlink()
        if is_folder and self.is_outbox:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not os.path.lexists(path):
            self._undo.append(partial(_move_back, source, path))
        elif is_folder or not self._linked_aside(path):
            self._set_aside(path)
        os.replace(source, path)  # noqa: PTH105 - as all steps here: one system call each

    def _linked_aside(self, path: Path) -> bool:
        """Keep a file under a second name, so that it never is away; False on a file system without hard links."""
        kept = self._next_aside()
        try:
            os.link(path, kept, follow_symlinks=False)
        except OSError:
            return False
        self._undo.append(partial(_put_back, kept, path))
        return True

    def _set_aside(self, path: Path) -> None:
        kept = self._next_aside()
        self._undo.append(partial(_put_back, kept, path))
        os.replace(path, kept)  # noqa: PTH105

    def _next_aside(self) -> Path:
        return self._aside / str(next(self._numbers))

    def _make_folders(self, folder: Path) -> None:
        for missing in _missing(folder):
            os.mkdir(missing)  # noqa: PTH102
            self._undo.append(missing.rmdir)

    def _remove_empty_folders(self) -> None:
        for folder, _, _ in os.walk(self.folder, topdown=False):
            at_top = Path(folder).relative_to(self.folder).parts[:1]
            if at_top and at_top[0] not in {*self.keep, STAGING} and not os.listdir(folder):  # noqa: PTH208
                os.rmdir(folder)  # noqa: PTH106


def apply_all(changes: Sequence[Replacement]) -> Written:
    """Apply all changes or none of them."""
    applied: list[Replacement] = []
    try:
        for change in changes:
            change.apply()
            applied.append(change)
    except BaseException:
        for change in reversed(changes):
            change.undo() if change in applied else change.discard()
        raise
    return sum((change.finish() for change in changes), Written())


def cannot_write(error: OSError, folder: Path) -> BriefingError:
    """A failure of the file system, after which everything is as it was."""
    return BriefingError(
        f"cannot write {error.filename or folder}: {error.strerror};"
        " make room or mend its permissions, then build again"
    )


def _missing(folder: Path) -> list[Path]:
    """The folder and those above it that are not there, the topmost first."""
    found: list[Path] = []
    while not os.path.lexists(folder):
        found.insert(0, folder)
        folder = folder.parent
    return found


def _move_back(source: Path, path: Path) -> None:
    if not os.path.lexists(source):
        os.replace(path, source)  # noqa: PTH105


def _put_back(kept: Path, path: Path) -> None:
    if not os.path.lexists(kept) or (os.path.lexists(path) and os.path.samestat(kept.lstat(), path.lstat())):
        return  # it never was away
    if kept.is_dir() and not kept.is_symlink():
        path.unlink(missing_ok=True)
    os.replace(kept, path)  # noqa: PTH105
