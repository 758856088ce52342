"""The files of a plain folder: what is there, and one after the other replaced whole."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from briefing.errors import BriefingError
from briefing.publish.manifest import Manifest, read_record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

_NEW: Final = ".briefing-new"  # one file is written at a time


def digest(content: bytes) -> str:
    """SHA-256, by which versions of a file are told apart."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, slots=True)
class Files:
    """The folder, which may not exist yet. Raises OSError where the machine refuses."""

    folder: Path

    @property
    def record_file(self) -> Path:
        """Where is kept what is ours in the folder: beside it, so that it is not uploaded."""
        return self.folder.with_name(f"{self.folder.name}.briefing.json")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Own the folder, made if need be, free of what a killed publish left half-written.

        Raises BriefingError while another publish owns it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                msg = f"another publish to {self.folder} is under way: wait for its end and run publish again"
                raise BriefingError(msg) from error
            for name, is_file in [*_walk(self.folder)]:
                if is_file and _is_left(name):
                    (self.folder / name).unlink()
            yield
        finally:
            os.close(handle)

    def contents(self) -> dict[str, str]:
        """Every file that is there, as name to the SHA-256 of its bytes; links and the like, and a repository, to "-"."""
        if not self.folder.exists():
            return {}
        found = {name: is_file for name, is_file in _walk(self.folder) if not (is_file and _is_left(name))}
        return {name: _digest_of(self.folder / name) if is_file else "-" for name, is_file in found.items()}

    def record(self) -> Manifest:
        """What was kept; nothing where there is no record. Raises BriefingError where it cannot be read."""
        if not self.record_file.exists():
            return Manifest({})
        return read_record(self.record_file.read_bytes(), str(self.record_file))

    def save(self, record: Manifest) -> None:
        """Keep the record, durably, before or after what it tells of."""
        _replace(self.record_file, record.text().encode())
        _settle(self.folder.parent)

    def make_room(self, name: str, removed: Collection[str]) -> None:
        """Remove early what has a folder's name where a folder is needed, or the other way round.

        Raises BriefingError where what is in the way is not to be removed.
        """
        for parent in [path.as_posix() for path in _parents(name)]:
            path = self.folder / parent
            if parent in removed and not path.is_dir():
                self.remove(parent)
            elif path.is_symlink() or (path.exists() and not path.is_dir()):
                msg = (
                    f"{path} is in the way of {name} and was not put there by publish: remove it and run publish again"
                )
                raise BriefingError(msg)
        path = self.folder / name
        if path.is_dir() and not path.is_symlink():
            for other in removed:
                if other.startswith(f"{name}/"):
                    self.remove(other)

    def write(self, name: str, content: bytes) -> None:
        """Replace one file whole."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content)

    def remove(self, name: str) -> None:
        """Remove a file, if it is still there, and the folders that it leaves empty."""
        path = self.folder / name
        if (path.is_dir() and not path.is_symlink()) or not os.path.lexists(path):
            return  # removed early, and its name is a folder's now, or a folder's of its path a file's
        path.unlink()
        for folder in path.parents:
            if folder == self.folder or not folder.is_dir() or any(folder.iterdir()):
                return
            folder.rmdir()

    def settle(self) -> None:
        """Make durable which files there are."""
        for folder, _, _ in os.walk(self.folder):
            _settle(folder)


def _walk(folder: Path, below: str = "") -> Iterator[tuple[str, bool]]:
    """Every name below a folder with whether it is a plain file; repositories, links and the like are not gone into."""
    with os.scandir(folder / below) as entries:
        for entry in entries:
            kind = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(kind) and entry.name != ".git":
                yield from _walk(folder, f"{below}{entry.name}/")
            else:
                yield below + entry.name, stat.S_ISREG(kind)


def _is_left(name: str) -> bool:
    return PurePosixPath(name).name == _NEW


def _parents(name: str) -> list[PurePosixPath]:
    return [path for path in reversed(PurePosixPath(name).parents) if path.name]


def _replace(path: Path, content: bytes) -> None:
    new = path.with_name(_NEW)
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _settle(folder: str | Path) -> None:
    """Make a folder's entries durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
