"""Replace the files of a folder with staged ones, or undo everything.

Only renames, links and empty folders are made here: the bytes were written before. Until `finish` every step can be undone,
because replaced and removed files stay in the staging folder.
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
_EMPTY_MARKER: Final = json.dumps({"id": ""}).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class FileCounts:
    """How many files were written, removed and left unchanged."""

    written: int = 0
    removed: int = 0
    unchanged: int = 0

    def __add__(self, other: FileCounts) -> FileCounts:
        return FileCounts(self.written + other.written, self.removed + other.removed, self.unchanged + other.unchanged)


@dataclass(slots=True)
class Replacement:
    """The staged changes of a folder. Apply or discard it; after that, undo or finish it.

    keep: names at the folder's top that stay. is_outbox: whether only the digests in it are ours. id: the build id, for
    `build.json`.
    """

    folder: Path
    keep: tuple[str, ...]
    is_outbox: bool
    id: str = ""
    unchanged: set[str] = field(default_factory=set)
    obsolete: list[str] = field(default_factory=list)
    staged: dict[str, Path] = field(default_factory=dict)
    _is_whole: bool = False
    _created: list[Path] = field(default_factory=list)
    _undo: list[Callable[[], None]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    @property
    def _staging(self) -> Path:
        return self.folder / STAGING

    @property
    def _backup(self) -> Path:
        return self._staging / "old"

    def stage(self, contents: dict[str, bytes]) -> None:
        """Write each file, under a number, to the staging folder. Removes one that a killed build left behind."""
        if self._staging.exists():
            shutil.rmtree(self._staging)
        if not contents and not self.obsolete:
            return
        for folder in (*_missing(self.folder), self._staging, self._backup):
            folder.mkdir()
            self._created.append(folder)
        (self._staging / "marker").write_bytes(_EMPTY_MARKER)
        for number, (name, content) in enumerate(contents.items()):
            self.staged[name] = self._staging / str(number)
            self.staged[name].write_bytes(content)

    def discard(self) -> None:
        """Remove the staging folder and every folder that was created."""
        if self._created:
            shutil.rmtree(self._staging, ignore_errors=True)
        for folder in reversed(self._created):
            with suppress(OSError):
                folder.rmdir()

    def apply(self) -> None:
        """Remove obsolete files and move every staged file into place. `build.json` is empty first, and complete last.

        Raises BriefingError if a step fails. Then every step has been undone.
        """
        try:
            if (self.staged or self.obsolete) and not self.is_outbox:
                self._move_into_place(self._staging / "marker", self.folder / MARKER)
            for name in self.obsolete:
                self._move_to_backup(self.folder / name)
            for name in sorted(self.staged, key=lambda name: name == MARKER):
                self._move_into_place(self.staged[name], self.folder / name)
            self._is_whole = True
        except OSError as error:
            self.undo()
            raise write_error(error, self.folder) from error
        except BaseException:
            self.undo()
            raise

    def undo(self) -> None:
        """Undo every step, the last one first. Raises BriefingError if that fails; the next build repairs the folder.

        An incomplete folder never has a build id. The old id is restored only after all files, and if the new id cannot be
        removed, its files stay.
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
            what = f"cannot write {failed.filename or self.folder} or restore the files before it: {failed.strerror}"
            msg = f"{what}; {self.folder} is incomplete until you fix that and build again"
            raise BriefingError(msg) from failed
        self.discard()

    def finish(self) -> FileCounts:
        """Remove the backup, and folders that are empty now. If that fails, the files are whole anyway."""
        shutil.rmtree(self._staging, ignore_errors=True)
        with suppress(OSError):
            if self.obsolete:
                self._remove_empty_folders()
        return FileCounts(len(self.staged), len(self.obsolete), len(self.unchanged))

    def _move_into_place(self, source: Path, path: Path) -> None:
        """Replace a file with one rename, and keep the old one as a backup."""
        self._make_folders(path.parent)
        is_folder = path.is_dir() and not path.is_symlink()
        if is_folder and self.is_outbox:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not os.path.lexists(path):
            self._undo.append(partial(_move_back, source, path))
        elif is_folder or not self._link_to_backup(path):
            self._move_to_backup(path)
        os.replace(source, path)  # noqa: PTH105 - every step here is one system call

    def _link_to_backup(self, path: Path) -> bool:
        """Back up a file by a hard link, so that it is never missing. Return False if the file system has no links."""
        backup = self._next_backup()
        try:
            os.link(path, backup, follow_symlinks=False)
        except OSError:
            return False
        self._undo.append(partial(_restore, backup, path))
        return True

    def _move_to_backup(self, path: Path) -> None:
        backup = self._next_backup()
        self._undo.append(partial(_restore, backup, path))
        os.replace(path, backup)  # noqa: PTH105

    def _next_backup(self) -> Path:
        return self._backup / str(next(self._numbers))

    def _make_folders(self, folder: Path) -> None:
        for missing in _missing(folder):
            os.mkdir(missing)  # noqa: PTH102
            self._undo.append(missing.rmdir)

    def _remove_empty_folders(self) -> None:
        for folder, _, _ in os.walk(self.folder, topdown=False):
            at_top = Path(folder).relative_to(self.folder).parts[:1]
            if at_top and at_top[0] not in {*self.keep, STAGING} and not os.listdir(folder):  # noqa: PTH208
                os.rmdir(folder)  # noqa: PTH106


def apply_all(replacements: Sequence[Replacement]) -> FileCounts:
    """Apply all replacements or none of them."""
    applied: list[Replacement] = []
    try:
        for replacement in replacements:
            replacement.apply()
            applied.append(replacement)
    except BaseException:
        for replacement in reversed(replacements):
            replacement.undo() if replacement in applied else replacement.discard()
        raise
    return sum((replacement.finish() for replacement in replacements), FileCounts())


def write_error(error: OSError, folder: Path) -> BriefingError:
    """Return the error for a failure of the file system that changed nothing."""
    return BriefingError(
        f"cannot write {error.filename or folder}: {error.strerror};"
        " free some space or correct its permissions, then build again"
    )


def _missing(folder: Path) -> list[Path]:
    """Return this folder and the folders above it that do not exist, topmost first."""
    found: list[Path] = []
    while not os.path.lexists(folder):
        found.insert(0, folder)
        folder = folder.parent
    return found


def _move_back(source: Path, path: Path) -> None:
    if not os.path.lexists(source):
        os.replace(path, source)  # noqa: PTH105


def _restore(backup: Path, path: Path) -> None:
    if not os.path.lexists(backup) or (os.path.lexists(path) and os.path.samestat(backup.lstat(), path.lstat())):
        return  # it was not replaced
    if backup.is_dir() and not backup.is_symlink():
        path.unlink(missing_ok=True)
    os.replace(backup, path)  # noqa: PTH105
