r"""An mbox file (RFC 4155) that a mail server appends to, such as /var/mail/NAME: read, never written.

A mail starts with a line `From SENDER DATE` at the start of the file or after an empty line. The database contains the position
up to which the file is processed, with a hash of what comes before. If a mail program has changed or shortened the file, it is
read again from the start, and what was processed before is recognised.

Reading holds a shared lock (fcntl), for which Postfix and others wait, and waits while there is a lock file (PATH.lock). It
creates no lock file, so a killed process leaves nothing that would stop deliveries.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select

from briefing.delivery.inbox.mailbox import BATCH, MAX_BYTES, IncomingMail, MailboxUnreadableError
from briefing.delivery.store.tables import META

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    from briefing.delivery.inbox.inbox_url import MboxSource
    from briefing.delivery.store.database import Database

_START = re.compile(rb"From .*\d:\d\d.*")
_DATE = re.compile(r"([A-Z][a-z]{2}) +(\d{1,2}) +(\d{1,2}:\d\d(?::\d\d)?) +(?:\S+ +)?(\d{4})\b")
# Fields that mail programs add when a mail is read or marked. Without them the same mail has the same bytes.
_ADDED = re.compile(rb"(?:status|x-status|x-keywords|x-uid|x-imap|x-imapbase|content-length|lines):", re.IGNORECASE)
_LINE: Final = 65_536  # bytes of a line that are read at once
_BEFORE: Final = 4_096  # bytes before a position that identify it
_LOCK_TIMEOUT: Final = 30.0  # seconds


class Mbox:
    """The file, from where the last run ended."""

    def __init__(self, source: MboxSource, database: Database) -> None:
        """Raises MailboxUnreadableError if there is no such file, or another kind of file."""
        self._path, self._name, self._database = source.path, source.name, database
        self._row = f"mbox {hashlib.sha256(os.fsencode(source.path.resolve())).hexdigest()[:40]}"
        if not self._path.is_file():
            what = "does not exist; check the path, or create an empty file there"
            if self._path.is_dir():
                what = "is a folder; did you mean maildir:PATH?"
            elif self._path.exists():
                what = "is not a regular file; name the file to which mail is delivered"
            raise MailboxUnreadableError(f"{source.name} {what}")  # noqa: TRY003, EM102 - the three above
        self._end, self._hash = self._kept()

    def __len__(self) -> int:
        """0: the number is unknown until the file is read."""
        return 0

    def batches(self) -> Iterator[list[IncomingMail]]:
        """The new mails, oldest first, including those that arrive in the meantime."""
        while mails := self._read():
            yield mails

    def place(self, mail: IncomingMail) -> str:
        """The byte at which the mail starts."""
        return f"{self._name}, byte {mail.key}"

    def settle(self, processed: Sequence[IncomingMail], other: Sequence[IncomingMail]) -> None:
        """Record the position. All mails stay in the file."""
        del processed, other
        with self._database.writing() as connection:
            connection.execute(delete(META).where(META.c.name == self._row))
            connection.execute(insert(META).values(name=self._row, value=f"{self._end} {self._hash}"))

    def _kept(self) -> tuple[int, str]:
        with self._database.reading() as connection:
            kept = connection.execute(select(META.c.value).where(META.c.name == self._row)).scalar()
        end, _, position_hash = (kept or "0 ").partition(" ")
        return int(end), position_hash

    def _read(self) -> list[IncomingMail]:
        """The next mails, while no one writes."""
        with self._locked() as file:
            if self._end and _hash_before(file, self._end) != self._hash:
                self._end = 0
            mails, self._end = _mails(file, self._end, self._name)
            self._hash = _hash_before(file, self._end)
            return mails

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        try:
            with self._path.open("rb") as file:
                self._wait_for(file)
                yield file
        except OSError as error:
            msg = f"{self._name} cannot be read ({error.strerror}); run this as the user who owns the mailbox"
            raise MailboxUnreadableError(msg) from error

    def _wait_for(self, file: BinaryIO) -> None:
        """Wait until no one writes. Closing the file releases the lock."""
        dot = self._path.with_name(f"{self._path.name}.lock")
        end = time.monotonic() + _LOCK_TIMEOUT
        while True:
            with suppress(BlockingIOError, PermissionError):  # POSIX allows either if another process has the lock
                fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                if not dot.exists():
                    return
                fcntl.lockf(file, fcntl.LOCK_UN)
            if time.monotonic() > end:
                hint = f"; if no program uses the mailbox, remove {dot.name}" if dot.exists() else ""
                msg = f"{self._name} has been locked by another program for {_LOCK_TIMEOUT:.0f} seconds; run this again{hint}"
                raise MailboxUnreadableError(msg)
            time.sleep(0.1)


def _hash_before(file: BinaryIO, end: int) -> str:
    """A hash of the bytes before a position; "" if the file is shorter."""
    start = max(end - _BEFORE, 0)
    file.seek(start)
    before = file.read(end - start)
    return hashlib.sha256(before).hexdigest()[:40] if len(before) == end - start else ""


def _mails(file: BinaryIO, start: int, name: str) -> tuple[list[IncomingMail], int]:
    """A batch of mails from a position on, and where the next one starts."""
    file.seek(start)
    found: list[_PartialMail] = []
    is_empty_before = is_whole_before = True  # the line before
    at = start
    while line := file.readline(_LINE):
        if is_whole_before and is_empty_before and _START.match(line):
            if len(found) == BATCH:
                break
            found.append(_PartialMail(at, line))
        elif found:
            found[-1].add(line, begins=is_whole_before)
        elif line.strip():
            msg = f"{name} is not an mbox: at byte {at} there is no line `From SENDER DATE`; check the path"
            raise MailboxUnreadableError(msg)
        is_empty_before = is_whole_before and not line.strip(b"\r\n")
        is_whole_before = line.endswith(b"\n")
        at += len(line)
    return [each.mail() for each in found], at


class _PartialMail:
    """A mail while it is read."""

    def __init__(self, at: int, line: bytes) -> None:
        self._at = at
        self._line = line.decode("ascii", "replace")
        self._raw = bytearray()
        self._is_head, self._is_skipped = True, False

    def add(self, line: bytes, *, begins: bool) -> None:
        """Add a piece. begins: whether it is the start of a line."""
        if self._is_head and begins:
            self._is_head = bool(line.strip(b"\r\n"))
            is_folded = line[:1] in b" \t"
            self._is_skipped = self._is_head and (self._is_skipped if is_folded else bool(_ADDED.match(line)))
        if not self._is_skipped and len(self._raw) < MAX_BYTES:
            self._raw += line[: MAX_BYTES - len(self._raw)]

    def mail(self) -> IncomingMail:
        return IncomingMail(self._at, bytes(self._raw).rstrip(b"\r\n") + b"\n", _seconds(self._line))


def _seconds(line: str) -> int:
    """The time in a `From` line, in this machine's time zone; 0 if there is none."""
    found = _DATE.search(line)
    if not found:
        return 0
    month, day, clock, year = found.groups()
    try:
        clock = clock if clock.count(":") > 1 else f"{clock}:00"
        return max(int(time.mktime(time.strptime(f"{day} {month} {year} {clock}", "%d %b %Y %H:%M:%S"))), 0)
    except (ValueError, OverflowError):
        return 0
