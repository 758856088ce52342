r"""Unsubscribes that wait to be taken in, as lines of JSON in a folder: what a server without a list writes.

    {"id": "9f...", "event": "unsubscribed", "token": "u...", "at": 1775000000}

id: another for each line, by which whoever takes lines in knows one again. at: seconds since 1970.

The file is `unsubscribed.jsonl`. Whoever takes lines in moves it away first, then waits for its lock (flock): who writes
opens it anew for each line, and holds the lock from before it looks whether the file is still in its place until the line
is written. A line is on the disk before the reader is told of it. One that was cut short by a crash is followed by a
line break and a whole one: what is no JSON is to be passed over.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from briefing.delivery.store.private_folders import make_private_folder
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "unsubscribed.jsonl"
_AGAIN: Final = 5  # seconds in which the same token is not written twice
_MOST: Final = 10_000  # tokens remembered for that


@dataclass(frozen=True, slots=True)
class UnsubscribeQueue:
    """A folder, made where it is missing by `prepare` or `add`."""

    folder: Path
    _written: dict[str, int] = field(default_factory=dict)

    def prepare(self) -> None:
        """Make the folder, so that what is wrong with it is known before a reader comes. Raises BriefingError."""
        try:
            make_private_folder(self.folder)
        except OSError as error:
            msg = f"the folder {self.folder} cannot be made ({error.strerror}); name one that you may write"
            raise BriefingError(msg) from error
        if not os.access(self.folder, os.W_OK | os.X_OK):
            msg = f"nothing can be written to {self.folder}; make the folder yours, or name another"
            raise BriefingError(msg)

    def add(self, token: str, at: int) -> None:
        """Write a verified token down durably. Raises BriefingError where that fails; it is to be tried again then."""
        if at - self._written.get(token, 0) < _AGAIN:
            return
        line = {"id": secrets.token_hex(16), "event": "unsubscribed", "token": token, "at": at}
        try:
            self._append(json.dumps(line).encode("ascii") + b"\n")
        except OSError as error:
            msg = f"cannot write to {self.folder / FILE}: {error.strerror}; make room or make the folder yours"
            raise BriefingError(msg) from error
        if len(self._written) >= _MOST:
            self._written.clear()
        self._written[token] = at

    def _append(self, line: bytes) -> None:
        make_private_folder(self.folder)
        handle, is_new = self._opened()
        try:
            size = os.fstat(handle).st_size
            is_cut = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            list_routes = b"\n" + line if is_cut else line
            if os.write(handle, list_routes) != len(list_routes):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(handle)
        finally:
            os.close(handle)  # and with it the lock
        if is_new:
            self._sync_folder()

    def _opened(self) -> tuple[int, bool]:
        """The open file, locked and in its place, and whether it has just been made."""
        file = self.folder / FILE
        while True:
            is_new = not file.exists()
            handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            fcntl.flock(handle, fcntl.LOCK_EX)
            try:
                is_in_place = file.stat().st_ino == os.fstat(handle).st_ino
            except FileNotFoundError:
                is_in_place = False
            if is_in_place:
                return handle, is_new
            os.close(handle)

    def _sync_folder(self) -> None:
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
