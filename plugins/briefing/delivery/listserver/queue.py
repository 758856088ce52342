r"""Queued unsubscribe requests as lines of JSON in a folder, written by a list server without a list.

    {"id": "9f...", "event": "unsubscribed", "token": "u...", "at": 1775000000}

id: unique for each line. at: seconds since 1970.

The file is `unsubscribed.jsonl`. A reader of the queue first moves it away, then waits for its lock (flock). A writer opens the
file for each line, locks it, checks that it is still in its place, and holds the lock until the line is written. The line is on
the disk before the subscriber gets the response. If a crash truncates a line, the next one starts after a line break: skip what
is not valid JSON.
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
_INTERVAL: Final = 5  # seconds within which a token is written only once
_MAX_TOKENS: Final = 10_000  # remembered for that


@dataclass(frozen=True, slots=True)
class UnsubscribeQueue:
    """A folder, created by `prepare` or `add` if it is missing."""

    folder: Path
    _written: dict[str, int] = field(default_factory=dict)

    def prepare(self) -> None:
        """Create the folder, so that an error shows before the first request. Raises BriefingError."""
        try:
            make_private_folder(self.folder)
        except OSError as error:
            msg = f"cannot create the folder {self.folder} ({error.strerror}); name one that you can write to"
            raise BriefingError(msg) from error
        if not os.access(self.folder, os.W_OK | os.X_OK):
            msg = f"cannot write to {self.folder}; change its owner or permissions, or name another folder"
            raise BriefingError(msg)

    def add(self, token: str, at: int) -> None:
        """Write a verified token durably. Raises BriefingError if that fails; try again then."""
        if at - self._written.get(token, 0) < _INTERVAL:
            return
        line = {"id": secrets.token_hex(16), "event": "unsubscribed", "token": token, "at": at}
        try:
            self._append(json.dumps(line).encode("ascii") + b"\n")
        except OSError as error:
            msg = f"cannot write to {self.folder / FILE}: {error.strerror}; check free space and permissions"
            raise BriefingError(msg) from error
        if len(self._written) >= _MAX_TOKENS:
            self._written.clear()
        self._written[token] = at

    def _append(self, line: bytes) -> None:
        make_private_folder(self.folder)
        handle, is_new = self._open_locked()
        try:
            size = os.fstat(handle).st_size
            is_cut = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            data = b"\n" + line if is_cut else line
            if os.write(handle, data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(handle)
        finally:
            os.close(handle)  # which releases the lock
        if is_new:
            self._sync_folder()

    def _open_locked(self) -> tuple[int, bool]:
        """The open file, locked and in its place, and whether it is new."""
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
