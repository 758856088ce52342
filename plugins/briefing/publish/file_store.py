"""The files of a plain folder: list them, and replace each one whole."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from briefing.errors import BriefingError
from briefing.publish.lock import lock
from briefing.publish.manifest import Manifest, parse_manifest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

_TEMPORARY: Final = ".briefing-new"  # files are written one at a time


@dataclass(frozen=True, slots=True)
class FileStore:
    """A folder, which may not exist yet. Raises OSError if the file system refuses an operation."""

    folder: Path

    @property
    def manifest_path(self) -> Path:
        """The manifest's path: beside the folder, so that it is not uploaded."""
        return self.folder.with_name(f"{self.folder.name}.briefing.json")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the folder, created if needed, and remove what a killed publish left half-written.

        Raises BriefingError if another publish has locked it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            lock(handle, self.folder)
            for name, is_file in [*_walk(self.folder)]:
                if is_file and _is_leftover(name):
                    (self.folder / name).unlink()
            yield
        finally:
            os.close(handle)

    def hash_all(self) -> dict[str, str]:
        """Return the SHA-256 of every file by name; "-" for links, special files and repositories."""
        if not self.folder.exists():
            return {}
        found = {name: is_file for name, is_file in _walk(self.folder) if not (is_file and _is_leftover(name))}
        return {name: _hash_file(self.folder / name) if is_file else "-" for name, is_file in found.items()}

    def read_manifest(self) -> Manifest:
        """Return the stored manifest; an empty one if there is none. Raises BriefingError if it is not valid."""
        if not self.manifest_path.exists():
            return Manifest({})
        return parse_manifest(self.manifest_path.read_bytes(), str(self.manifest_path))

    def write_manifest(self, manifest: Manifest) -> None:
        """Store the manifest durably."""
        _replace(self.manifest_path, manifest.to_json().encode())
        _fsync_folder(self.folder.parent)

    def clear_path(self, name: str, removed: Collection[str]) -> None:
        """Remove early what blocks a file's path: a file in place of a folder, or a folder in place of the file.

        Raises BriefingError if what blocks the path is not among the `removed` files.
        """
        for parent in [path.as_posix() for path in _parents(name)]:
            path = self.folder / parent
            if parent in removed and not path.is_dir():
                self.remove(parent)
            elif path.is_symlink() or (path.exists() and not path.is_dir()):
                msg = f"{path} blocks {name} and publish did not create it: remove it and run publish again"
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
        """Remove a file, if it still exists, and the folders that become empty."""
        path = self.folder / name
        if (path.is_dir() and not path.is_symlink()) or not os.path.lexists(path):
            return  # removed early by `clear_path`
        path.unlink()
        for folder in path.parents:
            if folder == self.folder or not folder.is_dir() or any(folder.iterdir()):
                return
            folder.rmdir()

    def fsync(self) -> None:
        """Make the names of all files durable."""
        for folder, _, _ in os.walk(self.folder):
            _fsync_folder(folder)


def sha256(content: bytes) -> str:
    """Return the SHA-256 of a file's bytes."""
    return hashlib.sha256(content).hexdigest()


def _walk(folder: Path, below: str = "") -> Iterator[tuple[str, bool]]:
    """Yield every name below a folder, and whether it is a regular file. Does not enter repositories and links."""
    with os.scandir(folder / below) as entries:
        for entry in entries:
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode) and entry.name != ".git":
                yield from _walk(folder, f"{below}{entry.name}/")
            else:
                yield below + entry.name, stat.S_ISREG(mode)


def _is_leftover(name: str) -> bool:
    return PurePosixPath(name).name == _TEMPORARY


def _parents(name: str) -> list[PurePosixPath]:
    return [path for path in reversed(PurePosixPath(name).parents) if path.name]


def _replace(path: Path, content: bytes) -> None:
    new = path.with_name(_TEMPORARY)
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _hash_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fsync_folder(folder: str | Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
