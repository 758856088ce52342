"""A folder of finished files, replaced as a whole.

A flush has two steps. `prepare` writes every new file into a staging folder beside the old ones: where the disk is
full or a folder is not ours, it fails there and nothing has changed. `apply` then only renames and removes. A file
whose bytes are already there is not touched. While files change places, `build.json` holds an empty id; its real
one comes last, so that a folder with an id is whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from briefing import urls
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKER: Final = urls.BUILD_ID
_STAGING: Final = ".briefing-new"
_EMPTY: Final = json.dumps({"id": ""}).encode() + b"\n"
_DIGEST: Final = re.compile(r"[^/]+/digest(-for-[a-z]+)?\.(eml|html|txt)")


@dataclass(frozen=True, slots=True)
class Written:
    """What a flush did, in files."""

    written: int = 0
    removed: int = 0
    unchanged: int = 0

    def __add__(self, other: Written) -> Written:
        return Written(self.written + other.written, self.removed + other.removed, self.unchanged + other.unchanged)


@dataclass(slots=True)
class Output:
    """Files to be, by their names below `folder`; `keep` names entries at its top that are not ours to remove.

    The site's folder is ours as a whole and says so by `build.json`; of the outbox (`is_outbox`) only the digests
    are: whatever else lies there stays.
    """

    folder: Path
    keep: tuple[str, ...] = ()
    is_outbox: bool = False
    files: dict[str, bytes | Path] = field(default_factory=dict)

    def put(self, file: str, content: bytes | Path) -> None:
        """Add a file: its bytes, or the file to copy. Raises BriefingError where two claim one name."""
        if file in self.files:
            msg = f"two things would be written to {file} in {self.folder}: rename one of them"
            raise BriefingError(msg)
        self.files[file] = content

    def prepare(self, *, rewrite: bool = False) -> Change:
        """Stage what differs, or with `rewrite` every file; the folder's own files stay as they are.

        Raises BriefingError where the folder holds a stranger's files, or cannot be written.
        """
        change = Change(self)
        try:
            found = set(self._found())
            contents = {name: _bytes(content) for name, content in self.files.items()}
            if not self.is_outbox:
                if _MARKER not in found and found:
                    msg = f"{self.folder} holds files that no build made: empty it, or choose another folder"
                    raise BriefingError(msg)
                change.id = build_id(contents)
                contents[_MARKER] = json.dumps({"id": change.id}).encode() + b"\n"
            change.unchanged = {name for name in found & contents.keys() if self._same(name, contents[name])}
            change.unchanged -= set(contents) if rewrite else set()
            change.strays = sorted(name for name in found - contents.keys() if self._is_ours(name))
            change.stage({name: content for name, content in contents.items() if name not in change.unchanged})
        except OSError as error:
            change.discard()
            raise _cannot_write(error, self.folder) from error
        return change

    def _is_ours(self, name: str) -> bool:
        return not self.is_outbox or bool(_DIGEST.fullmatch(name))

    def _same(self, name: str, content: bytes) -> bool:
        path = self.folder / name
        return not path.is_symlink() and path.stat().st_size == len(content) and path.read_bytes() == content

    def _found(self) -> Iterator[str]:
        """The files in the folder, but for those to keep. A link counts as a file: it is never followed."""
        if self.folder.is_symlink():
            msg = f"{self.folder} is a link: remove the link, or choose the folder that it leads to"
            raise BriefingError(msg)
        if self.folder.exists() and not self.folder.is_dir():
            msg = f"{self.folder} is no folder: remove it, or choose another"
            raise BriefingError(msg)
        return self._below("") if self.folder.exists() else iter(())

    def _below(self, prefix: str) -> Iterator[str]:
        with os.scandir(self.folder / prefix) as entries:
            for entry in entries:
                if not prefix and (entry.name in self.keep or entry.name == _STAGING):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    yield from self._below(f"{prefix}{entry.name}/")
                else:
                    yield prefix + entry.name


@dataclass(slots=True)
class Change:
    """What `prepare` found and staged; applied or discarded once. id: the site's, as `build.json` will state it."""

    output: Output
    id: str = ""
    unchanged: set[str] = field(default_factory=set)
    strays: list[str] = field(default_factory=list)
    staged: dict[str, Path] = field(default_factory=dict)

    def stage(self, contents: dict[str, bytes]) -> None:
        """Write each file under a number into the staging folder, which a killed build may have left behind."""
        staging = self.output.folder / _STAGING
        if staging.exists():
            shutil.rmtree(staging)
        if contents:
            staging.mkdir(parents=True)
        for number, (name, content) in enumerate(contents.items()):
            self.staged[name] = staging / str(number)
            self.staged[name].write_bytes(content)

    def discard(self) -> None:
        """Leave the folder as it was found."""
        shutil.rmtree(self.output.folder / _STAGING, ignore_errors=True)

    def apply(self) -> Written:
        """Remove what is gone and move every staged file to its place; `build.json` first empty, last whole."""
        folder = self.output.folder
        try:
            if (self.staged or self.strays) and not self.output.is_outbox:
                folder.mkdir(parents=True, exist_ok=True)
                (folder / _STAGING / "marker").write_bytes(_EMPTY)
                (folder / _STAGING / "marker").replace(folder / _MARKER)
            for name in self.strays:
                (folder / name).unlink()
            if self.strays:
                self._remove_empty_folders()
            for name in sorted(self.staged, key=lambda name: name == _MARKER):
                _move(self.staged[name], folder / name)
            if self.staged:
                (folder / _STAGING).rmdir()
        except OSError as error:
            raise _cannot_write(error, folder) from error
        return Written(len(self.staged), len(self.strays), len(self.unchanged))

    def _remove_empty_folders(self) -> None:
        for folder, _, _ in os.walk(self.output.folder, topdown=False):
            at_top = Path(folder).relative_to(self.output.folder).parts[:1]
            if at_top and at_top[0] not in {*self.output.keep, _STAGING} and not os.listdir(folder):  # noqa: PTH208
                os.rmdir(folder)  # noqa: PTH106


def build_id(contents: dict[str, bytes]) -> str:
    """An id that two builds share exactly when all their files are the same."""
    digest = hashlib.sha256()
    for name in sorted(contents):
        digest.update(name.encode() + b"\0" + hashlib.sha256(contents[name]).digest())
    return digest.hexdigest()[:32]


def _bytes(content: bytes | Path) -> bytes:
    return content if isinstance(content, bytes) else content.read_bytes()


def _move(staged: Path, path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    staged.replace(path)


def _cannot_write(error: OSError, folder: Path) -> BriefingError:
    return BriefingError(
        f"cannot write {error.filename or folder}: {error.strerror};"
        " make room or mend its permissions, then build again"
    )
