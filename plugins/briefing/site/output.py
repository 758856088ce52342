"""A folder of finished files, replaced as a whole.

First `Output.stage` writes every new file to a staging folder. If the disk is full or the folder is not ours, it fails there
and nothing has changed. Then `replacement.apply_all` only moves files, and moves them back if a step fails. Files that are
the same are not touched. During the replacement `build.json` has an empty id. Its real id is written last, so a folder with
an id is whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from briefing.errors import BriefingError
from briefing.site.replacement import MARKER, STAGING, Replacement, write_error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DIGEST_FILE: Final = re.compile(r"[^/]+/digest(-for-[a-z]+)?\.(eml|html|txt)")


@dataclass(slots=True)
class Output:
    """The files that a folder should contain, by name. keep: names at its top that are never removed.

    The site's folder is ours as a whole, and `build.json` says so. In the outbox (`is_outbox`) only the digests are ours,
    and anything else stays.
    """

    folder: Path
    keep: tuple[str, ...] = ()
    is_outbox: bool = False
    files: dict[str, bytes | Path] = field(default_factory=dict)

    def add(self, file: str, content: bytes | Path) -> None:
        """Add a file: its bytes, or the file to copy. Raises BriefingError if the name is taken."""
        if file in self.files:
            msg = f"two files would be written to {file} in {self.folder}: rename one of them"
            raise BriefingError(msg)
        self.files[file] = content

    def stage(self, *, rewrite: bool = False) -> Replacement:
        """Write the files that differ, or with `rewrite` every file, to the staging folder.

        Raises BriefingError if the folder contains foreign files, or cannot be written.
        """
        replacement = Replacement(self.folder, self.keep, self.is_outbox)
        try:
            existing = set(self._list_existing())
            contents = {name: _bytes(content) for name, content in self.files.items()}
            if not self.is_outbox:
                self._refuse_foreign_files(existing)
                replacement.id = compute_build_id(contents)
                contents[MARKER] = json.dumps({"id": replacement.id}).encode() + b"\n"
            replacement.unchanged = {
                name for name in existing & contents.keys() if self._is_unchanged(name, contents[name])
            }
            replacement.unchanged -= set(contents) if rewrite else set()
            replacement.obsolete = sorted(name for name in existing - contents.keys() if self._is_ours(name))
            replacement.stage(
                {name: content for name, content in contents.items() if name not in replacement.unchanged}
            )
        except OSError as error:
            replacement.discard()
            raise write_error(error, self.folder) from error
        except BaseException:
            replacement.discard()
            raise
        return replacement

    def _refuse_foreign_files(self, existing: set[str]) -> None:
        if existing and MARKER not in existing:
            msg = f"{self.folder} contains files this tool did not create: empty it, or choose another folder"
            raise BriefingError(msg)

    def _is_ours(self, name: str) -> bool:
        return not self.is_outbox or bool(_DIGEST_FILE.fullmatch(name))

    def _is_unchanged(self, name: str, content: bytes) -> bool:
        path = self.folder / name
        return not path.is_symlink() and path.stat().st_size == len(content) and path.read_bytes() == content

    def _list_existing(self) -> Iterator[str]:
        """Yield the files in the folder, except those to keep. A link counts as a file and is not followed."""
        if self.folder.is_symlink():
            msg = f"{self.folder} is a link: remove it, or choose the folder that it points to"
            raise BriefingError(msg)
        if self.folder.exists() and not self.folder.is_dir():
            msg = f"{self.folder} is not a folder: remove it, or choose another"
            raise BriefingError(msg)
        return self._walk("") if self.folder.exists() else iter(())

    def _walk(self, prefix: str) -> Iterator[str]:
        with os.scandir(self.folder / prefix) as entries:
            for entry in entries:
                if not prefix and (entry.name in self.keep or entry.name == STAGING):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    yield from self._walk(f"{prefix}{entry.name}/")
                else:
                    yield prefix + entry.name


def compute_build_id(contents: dict[str, bytes]) -> str:
    """Return an id that two builds share only if all their files are the same."""
    digest = hashlib.sha256()
    for name in sorted(contents):
        digest.update(name.encode() + b"\0" + hashlib.sha256(contents[name]).digest())
    return digest.hexdigest()[:32]


def _bytes(content: bytes | Path) -> bytes:
    return content if isinstance(content, bytes) else content.read_bytes()
