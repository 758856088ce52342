"""A folder of finished files, replaced as a whole: nothing is written before everything is there to be written.

A file whose bytes are already there is not touched. What the build did not make is removed. While files are
being replaced, `build.json` holds an empty id; its real one is written last, so that a folder with an id is whole.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from briefing import urls
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKER: Final = urls.BUILD_ID
_TEMPORARY: Final = ".briefing-new"


@dataclass(frozen=True, slots=True)
class Written:
    """What a flush did, in files."""

    written: int = 0
    removed: int = 0
    unchanged: int = 0


@dataclass(slots=True)
class Output:
    """Files to be, by their names below `folder`; `keep` names entries at its top that are not ours to remove."""

    folder: Path
    keep: tuple[str, ...] = ()
    files: dict[str, bytes | Path] = field(default_factory=dict)

    def put(self, file: str, content: bytes | Path) -> None:
        """Add a file: its bytes, or the file to copy. Raises BriefingError where two claim one name."""
        if file in self.files:
            msg = f"two things would be written to {file} in {self.folder}: rename one of them"
            raise BriefingError(msg)
        self.files[file] = content

    def flush(self, *, rewrite: bool = False) -> Written:
        """Make the folder hold these files and no others; with `rewrite`, also those that are the same.

        Raises BriefingError where the folder holds a stranger's files, or cannot be written.
        """
        try:
            return self._flush(rewrite=rewrite)
        except OSError as error:
            msg = f"cannot write {error.filename or self.folder}: {error.strerror}; make room or mend its permissions, then build again"
            raise BriefingError(msg) from error

    def _flush(self, *, rewrite: bool) -> Written:
        found = set(self._found())
        contents = {name: _bytes(content) for name, content in self.files.items()}
        contents[_MARKER] = marker(contents)
        if _MARKER not in found and found:
            msg = f"{self.folder} holds files that no build made: empty it, or choose another folder"
            raise BriefingError(msg)
        changed = [
            name for name in contents if rewrite or name not in found or not _same(self.folder / name, contents[name])
        ]
        strays = sorted(found - contents.keys())
        if changed or strays:
            self.folder.mkdir(parents=True, exist_ok=True)
            _replace(self.folder / _MARKER, _EMPTY)
            for name in strays:
                (self.folder / name).unlink()
            self._remove_empty_folders()
            for name in (name for name in changed if name != _MARKER):
                _replace(self.folder / name, contents[name])
            _replace(self.folder / _MARKER, contents[_MARKER])
        return Written(len(changed), len(strays), len(contents) - len(changed))

    def _found(self) -> Iterator[str]:
        """The files in the folder, but for those to keep. A link counts as a file: it is never followed."""
        if self.folder.is_symlink() or (self.folder.exists() and not self.folder.is_dir()):
            msg = f"{self.folder} is no folder: remove it, or choose another"
            raise BriefingError(msg)
        return self._below("") if self.folder.exists() else iter(())

    def _below(self, prefix: str) -> Iterator[str]:
        with os.scandir(self.folder / prefix) as entries:
            for entry in entries:
                if not prefix and entry.name in self.keep:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    yield from self._below(f"{prefix}{entry.name}/")
                else:
                    yield prefix + entry.name

    def _remove_empty_folders(self) -> None:
        for folder, folders, files in os.walk(self.folder, topdown=False):
            at_top = Path(folder).relative_to(self.folder).parts[:1]
            if set(at_top) & set(self.keep) or files or folder == str(self.folder):
                continue
            if all(not os.path.exists(os.path.join(folder, name)) for name in folders):  # noqa: PTH110, PTH118
                os.rmdir(folder)  # noqa: PTH106


def marker(contents: dict[str, bytes]) -> bytes:
    """`build.json`: an id that two builds share exactly when all their files are the same."""
    digest = hashlib.sha256()
    for name in sorted(contents):
        digest.update(name.encode() + b"\0" + hashlib.sha256(contents[name]).digest())
    return json.dumps({"id": digest.hexdigest()[:32]}).encode() + b"\n"


_EMPTY: Final = json.dumps({"id": ""}).encode() + b"\n"


@contextmanager
def locked(private: Path, folder: Path) -> Iterator[None]:
    """Hold the folder against other builds of this machine; waits for them."""
    private.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = hashlib.sha256(os.fsencode(os.path.abspath(folder))).hexdigest()[:16]  # noqa: PTH100 - no links followed
    with (private / f"build-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _bytes(content: bytes | Path) -> bytes:
    return content if isinstance(content, bytes) else content.read_bytes()


def _same(path: Path, content: bytes) -> bool:
    try:
        return (
            path.stat(follow_symlinks=False).st_size == len(content)
            and not path.is_symlink()
            and path.read_bytes() == content
        )
    except OSError:
        return False


def _replace(path: Path, content: bytes) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name[:100] + _TEMPORARY)
    temporary.write_bytes(content)
    temporary.replace(path)
