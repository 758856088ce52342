"""Whether anything has changed since the last build, found out before anything large is imported.

After a build that found no fault, a record is kept under `.briefing/`: what the build was asked for, the settings as
`pelicanconf.py` gave them, the day, and the state of every file that was read or written. The next build with the same
record has nothing to do. A file's state is its size, its times, and its inode: an edit that keeps size and modification
time still changes the time of the last status change. A file that changed so shortly before it was looked at that a later
edit could fall into the same tick of the clock is kept with the hash of its bytes.

A record is trusted only whole: it is refused when its checksum, its version or this Python differ, and then everything is
built. Only the standard library is imported here, since this is all that most builds need.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_VERSION: Final = 1
_TICK_NS: Final = 1_000_000_000  # file systems with the coarsest clocks count whole seconds
_CODE: Final = Path(__file__).resolve().parents[1]

State = tuple[int, int, int, int, bytes]
"""Of a file: size, modification, status change (nanoseconds), inode; the hash of its bytes if those cannot be trusted."""


def states_of(folders: Iterable[Path], leave_out: frozenset[str] = frozenset()) -> dict[str, State]:
    """The state of every file below the folders, by path. `leave_out`: names of entries that are not entered.

    Links are followed only to files; what cannot be read has no state, so that it is never the same.
    """
    found: dict[str, State] = {}
    now = time.time_ns()
    pending = [os.fspath(folder) for folder in folders]
    while pending:
        folder = pending.pop()
        try:
            entries = list(os.scandir(folder))
        except NotADirectoryError:
            found[folder] = _state(folder, os.stat(folder), now)  # noqa: PTH116 - as plain strings all the way
            continue
        except FileNotFoundError:
            found[folder] = (-1, 0, 0, 0, b"")
            continue
        found[folder] = (-2, 0, 0, 0, b"")  # a folder counts too: an empty one may matter
        for entry in entries:
            if entry.name in leave_out:
                continue
            if entry.is_dir(follow_symlinks=False):
                pending.append(entry.path)
            else:
                found[entry.path] = _state(entry.path, entry.stat(), now)
    return found


def _state(path: str, stat: os.stat_result, now: int) -> State:
    is_settled = now - stat.st_ctime_ns > _TICK_NS
    hashed = b"" if is_settled else hashlib.sha256(Path(path).read_bytes()).digest()
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino, hashed


def is_same(before: dict[str, State], now: dict[str, State]) -> bool:
    """Whether both name the same files with the same bytes."""
    if before.keys() != now.keys():
        return False
    for path, state in before.items():
        other = now[path]
        if state[:4] != other[:4]:
            return False
        if state[4] and state[4] != (other[4] or hashlib.sha256(Path(path).read_bytes()).digest()):
            return False
    return True
