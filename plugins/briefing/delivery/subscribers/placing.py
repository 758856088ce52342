"""New files that hold addresses: the owner's alone, whole or not at all, and over nothing that is there."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO, TextIO


@contextmanager
def new_file(path: Path | None) -> Iterator[TextIO | None]:
    """A text file that appears at `path` once the block has ended well; None for None. Raises BriefingError."""
    if path is None:
        yield None
        return
    with new_octets(path) as raw, os.fdopen(os.dup(raw.fileno()), "w", encoding="utf-8", newline="") as text:
        yield text


@contextmanager
def new_octets(path: Path) -> Iterator[BinaryIO]:
    """The same for octets. The file's mode is 0600."""
    if path.exists():
        msg = f"{path} is there already; give another name, or remove it first"
        raise BriefingError(msg)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    file = os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
