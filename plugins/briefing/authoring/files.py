"""Write a curator's files: create new ones without overwriting, and replace changed ones whole or not at all."""

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
    """A file's new bytes, and the bytes that they were made from."""

    path: Path
    old: bytes
    new: bytes


class WriteRefusedError(BriefingError):
    """Writing a file would leave content/ or lose somebody's work: which file, why, what to do."""


def create(path: Path, data: bytes, content: Path) -> None:
    """Write a new file below content/, and create its folders.

    Raises FileExistsError if the name is taken, and WriteRefusedError if the path leaves content/.
    """
    _refuse_outside(path.parent, content)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        msg = f"the folder {path.parent} cannot be created because a file has that name; move the file"
        raise WriteRefusedError(msg) from error
    with path.open("xb") as stream:
        try:
            stream.write(data)
        except BaseException:
            path.unlink()
            raise


def replace(changes: Iterable[FileChange], content: Path) -> None:
    """Replace each file whole, with its mode. Links stay links.

    All new files are written before the first one is replaced. Raises WriteRefusedError, without any change, if a path
    leaves content/ or a file no longer contains the old bytes.
    """
    staged: list[tuple[Path, Path]] = []
    try:
        for change in changes:
            _refuse_outside(change.path, content)
            real = change.path.resolve()
            staged.append((_write_temporary(real, change.new), real))
            if change.path.read_bytes() != change.old:
                msg = f"another program just changed {change.path}; check it, then run this again"
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
        msg = f"{path} is a link that leads out of {content.name}/, so nothing was written; put the file there itself"
        raise WriteRefusedError(msg)


def _write_temporary(real: Path, data: bytes) -> Path:
    """Write a hidden file beside the old one, with its mode."""
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
