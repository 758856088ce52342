"""Files of a curator: new ones that never take another's place, and changed ones replaced whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file's new bytes, and those from which they were made."""

    path: Path
    old: bytes
    new: bytes


class WriteRefusedError(BriefingError):
    """A file cannot be written without leaving content/ or losing somebody's work: which, why, what to do."""


def create(path: Path, data: bytes, content: Path) -> None:
    """Write a new file under content/, with the folders above it.

    Raises FileExistsError where there is anything of that name, WriteRefusedError where the name leaves content/.
    """
    _refuse_outside(path.parent, content)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        msg = f"{path.parent} cannot be made a folder: a file stands in its way; move that"
        raise WriteRefusedError(msg) from error
    with path.open("xb") as stream:
        try:
            stream.write(data)
        except BaseException:
            path.unlink()
            raise


def replace(changes: Iterable[FileChange], content: Path) -> None:
    """Put the new bytes of every file in place, each at one stroke, with the file's mode; links stay links.

    All are written beside their files before the first takes its place. Raises WriteRefusedError, with every file
    as it was, where one leads out of content/ or no longer holds the old bytes.
    """
    staged: list[tuple[Path, Path]] = []
    try:
        for change in changes:
            _refuse_outside(change.path, content)
            real = change.path.resolve()
            staged.append((_beside(real, change.new), real))
            if change.path.read_bytes() != change.old:
                msg = f"{change.path} was changed by another program just now; look at it, then run this again"
                raise WriteRefusedError(msg)
        while staged:
            temporary, real = staged[0]
            temporary.replace(real)
            del staged[0]
    finally:
        for temporary, _ in staged:
            temporary.unlink()


def _refuse_outside(path: Path, content: Path) -> None:
    if not path.resolve().is_relative_to(content.resolve()):
        msg = f"{path} is a link that leaves {content.name}/; nothing is written through it: put the file there itself"
        raise WriteRefusedError(msg)


def _beside(real: Path, data: bytes) -> Path:
    """A complete file of this content and the old one's mode, in the same folder, under a hidden name."""
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=real.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
            os.fchmod(stream.fileno(), stat.S_IMODE(real.stat().st_mode))
    except BaseException:
        temporary.unlink()
        raise
    return temporary
