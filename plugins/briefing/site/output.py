"""A folder of finished files, replaced as a whole.

A flush has two steps. `prepare` writes every new file into a staging folder beside the old ones: if the disk is full or a
folder is not ours, it fails there and nothing has changed. `change.apply_all` then only moves files, and moves them back if
a step fails. A file whose bytes are already there is not touched. While files change places, `build.json` has an empty id;
its real one comes last, so that a folder with an id is whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from briefing.errors import BriefingError
from briefing.site.replacement import MARKER, STAGING, Replacement, cannot_write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DIGEST: Final = re.compile(r"[^/]+/digest(-for-[a-z]+)?\.(eml|html|txt)")


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

    def prepare(self, *, rewrite: bool = False) -> Replacement:
        """Stage what differs, or with `rewrite` every file; the folder's own files stay as they are.

        Raises BriefingError where the folder holds a stranger's files, or cannot be written.
        """
        change = Replacement(self.folder, self.keep, self.is_outbox)
        try:
            found = set(self._found())
            contents = {name: _bytes(content) for name, content in self.files.items()}
            if not self.is_outbox:
                self._refuse_strangers(found)
                change.id = build_id(contents)
                contents[MARKER] = json.dumps({"id": change.id}).encode() + b"\n"
            change.unchanged = {name for name in found & contents.keys() if self._same(name, contents[name])}
            change.unchanged -= set(contents) if rewrite else set()
            change.strays = sorted(name for name in found - contents.keys() if self._is_ours(name))
            change.stage({name: content for name, content in contents.items() if name not in change.unchanged})
        except OSError as error:
            change.discard()
            raise cannot_write(error, self.folder) from error
        except BaseException:
            change.discard()
            raise
        return change

    def _refuse_strangers(self, found: set[str]) -> None:
        if found and MARKER not in found:
            msg = f"{self.folder} contains files that no build made: empty it, or choose another folder"
            raise BriefingError(msg)

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
            msg = f"{self.folder} is not a folder: remove it, or choose another"
            raise BriefingError(msg)
        return self._below("") if self.folder.exists() else iter(())

    def _below(self, prefix: str) -> Iterator[str]:
        with os.scandir(self.folder / prefix) as entries:
            for entry in entries:
                if not prefix and (entry.name in self.keep or entry.name == STAGING):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    yield from self._below(f"{prefix}{entry.name}/")
                else:
                    yield prefix + entry.name


def build_id(contents: dict[str, bytes]) -> str:
    """An id that two builds share exactly when all their files are the same."""
    digest = hashlib.sha256()
    for name in sorted(contents):
        digest.update(name.encode() + b"\0" + hashlib.sha256(contents[name]).digest())
    return digest.hexdigest()[:32]


def _bytes(content: bytes | Path) -> bytes:
    return content if isinstance(content, bytes) else content.read_bytes()
