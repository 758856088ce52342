"""One publish at a time, by a lock that ends with the process however that ends."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO


def already_running(target: object = None) -> BriefingError:
    """Return the error for a second publish, to this target if there is one."""
    publish = f"another publish to {target}" if target else "another publish of this site"
    return BriefingError(f"{publish} is running: wait until it ends, then run publish again")


def lock(handle: int | IO[str], target: object = None) -> None:
    """Lock an open file or folder until it is closed. Raises BriefingError if another publish has locked it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise already_running(target) from error


@contextmanager
def locked_file(path: Path) -> Iterator[None]:
    """Lock a file, created with its folder if needed. Raises BriefingError if another publish has locked it."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = path.open("a", encoding="utf-8")
    except OSError as error:
        msg = f"cannot write to {path.parent}: {error.strerror}; it must be a folder that you own"
        raise BriefingError(msg) from error
    with file:
        lock(file)
        yield
