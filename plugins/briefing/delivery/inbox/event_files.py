"""Events in files, a JSON object a line: a file of the user's, or a folder that a list server adds to.

In a folder, each file is put aside (`taking/`) before it is read, so that the server begins another, and put away
(`taken/`) once all of it has been taken in. A server that has just opened it holds its lock until it has written, and
looks whether it is still in its place before it does: nothing is added behind our back.
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

TAKING: Final = "taking"
TAKEN: Final = "taken"
_AT_ONCE: Final = 100  # lines a transaction
_LONGEST: Final = 262_144  # octets of a line; SNS and SQS send no more


@dataclass(frozen=True, slots=True)
class EventLine:
    """A line that is not empty. number: counted from 1. text: "" where it is too long."""

    number: int
    text: str


def batches(file: BinaryIO) -> Iterator[list[EventLine]]:
    """The lines of a file, some at a time."""
    lines: list[EventLine] = []
    number = 0
    while raw := file.readline(_LONGEST):
        number += 1
        whole = raw
        while not whole.endswith(b"\n") and (whole := file.readline(_LONGEST)):
            raw = b""
        if raw.strip() or not raw:
            lines.append(EventLine(number, raw.decode("utf-8", "replace")))
        if len(lines) == _AT_ONCE:
            yield lines
            lines = []
    if lines:
        yield lines


def files_at(path: Path, *, is_dry: bool) -> list[Path]:
    """The file; or a folder's, those first that an earlier run did not finish. Raises BriefingError where none is."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        msg = f"--from: there is no file or folder {path}; name one of JSON lines"
        raise BriefingError(msg)
    new = sorted(path.glob("*.jsonl"))
    if not is_dry:
        new = [_put(file, path / TAKING) for file in new]
    return sorted({*(path / TAKING).glob("*.jsonl"), *new}, key=lambda file: (file.parent != path / TAKING, file.name))


@contextmanager
def opened(file: Path) -> Iterator[BinaryIO]:
    """The file, once nobody writes to it any longer."""
    with file.open("rb") as lines:
        fcntl.flock(lines, fcntl.LOCK_SH)
        yield lines


def archive(file: Path) -> None:
    """A folder's file has been taken in; any other stays where it is."""
    if file.parent.name == TAKING:
        _put(file, file.parent.parent / TAKEN)


def _put(file: Path, folder: Path) -> Path:
    """Move a file into a folder beside it, under a name that nothing there has."""
    folder.mkdir(mode=0o700, exist_ok=True)
    number = 1
    target = folder / file.name
    while target.exists():
        number += 1
        target = folder / f"{file.stem}-{number}{file.suffix}"
    return file.rename(target)
