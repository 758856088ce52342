"""Events in files with one JSON object per line: a single file, or a folder that a list server writes to.

In a folder, each file is moved to `processing/` before it is read, so that the server starts a new one, and to `processed/` once
all of it is processed. A server that has just opened the file holds its lock while it writes, and first checks that the file
is still in its place, so nothing is added after we read it.
"""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

PROCESSING: Final = "processing"
PROCESSED: Final = "processed"
_BATCH: Final = 100  # lines per transaction
_MAX_LINE: Final = 262_144  # bytes; SNS and SQS send no more


@dataclass(frozen=True, slots=True)
class EventLine:
    """A line that is not empty. number: counted from 1. text: "" if it is too long."""

    number: int
    text: str


def batches(file: BinaryIO) -> Iterator[list[EventLine]]:
    """The lines of a file in batches."""
    lines: list[EventLine] = []
    number = 0
    while raw := file.readline(_MAX_LINE):
        number += 1
        whole = raw
        while not whole.endswith(b"\n") and (whole := file.readline(_MAX_LINE)):
            raw = b""
        if raw.strip() or not raw:
            lines.append(EventLine(number, raw.decode("utf-8", "replace")))
        if len(lines) == _BATCH:
            yield lines
            lines = []
    if lines:
        yield lines


def files_at(path: Path, *, is_dry: bool) -> list[Path]:
    """The file, or the files of a folder, unfinished ones first. Raises BriefingError if there is nothing."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        msg = f"--from: no such file or folder: {path}; name one with JSON lines"
        raise BriefingError(msg)
    new = sorted(path.glob("*.jsonl"))
    if not is_dry:
        new = [_move(file, path / PROCESSING) for file in new]
    return sorted(
        {*(path / PROCESSING).glob("*.jsonl"), *new}, key=lambda file: (file.parent != path / PROCESSING, file.name)
    )


@contextmanager
def opened(file: Path) -> Iterator[BinaryIO]:
    """The file, once no one writes to it."""
    with file.open("rb") as lines:
        fcntl.flock(lines, fcntl.LOCK_SH)
        yield lines


def archive(file: Path) -> None:
    """Move a processed file of a folder away. A single file stays where it is."""
    if file.parent.name == PROCESSING:
        _move(file, file.parent.parent / PROCESSED)


def _move(file: Path, folder: Path) -> Path:
    """Move a file into a folder, under an unused name."""
    folder.mkdir(mode=0o700, exist_ok=True)
    number = 1
    target = folder / file.name
    while target.exists():
        number += 1
        target = folder / f"{file.stem}-{number}{file.suffix}"
    return file.rename(target)
