r"""An mbox file (RFC 4155) that a mail server adds to, such as /var/mail/NAME: read, and never written.

A mail begins with a line `From SENDER DATE` that follows an empty line or begins the file. Up to where the file has been
taken in is kept in the ledger, with a hash of what stands before: a file that a mail program has changed or shortened
is read again from its start, and what was taken in from it is known by its marks.

While it reads, it holds a shared lock (fcntl), which Postfix and others wait for, and waits while there is a lock file
(PATH.lock). It makes none: a process that is killed leaves nothing that would stop deliveries.
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

from briefing.delivery.inbox.mailbox import AT_ONCE, CAP, IncomingMail, MailboxUnreadableError
from briefing.delivery.store.tables import META

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    from briefing.delivery.inbox.inbox_url import MboxSource
    from briefing.delivery.store.database import Database

_START = re.compile(rb"From .*\d:\d\d.*")
_DATE = re.compile(r"([A-Z][a-z]{2}) +(\d{1,2}) +(\d{1,2}:\d\d(?::\d\d)?) +(?:\S+ +)?(\d{4})\b")
# What mail programs add to a mail when it is read or marked: the same mail has the same octets without them.
_ADDED = re.compile(rb"(?:status|x-status|x-keywords|x-uid|x-imap|x-imapbase|content-length|lines):", re.IGNORECASE)
_LINE: Final = 65_536  # octets of a line that are read at once
_BEFORE: Final = 4_096  # octets before a position by which it is known again
_PATIENCE: Final = 30.0  # seconds for whoever holds the lock


class Mbox:
    """The file from where the last run ended."""

    def __init__(self, source: MboxSource, database: Database) -> None:
        """Raises MailboxUnreadableError if there is no such file, or another kind of file."""
        self._path, self._name, self._database = source.path, source.name, database
        self._row = f"mbox {hashlib.sha256(os.fsencode(source.path.resolve())).hexdigest()[:40]}"
        if not self._path.is_file():
            what = "does not exist; check the path, or make an empty file there"
            if self._path.is_dir():
                what = "is a folder; did you mean maildir:PATH?"
            elif self._path.exists():
                what = "is not a regular file; name the file that mail is delivered to"
            raise MailboxUnreadableError(f"{source.name} {what}")  # noqa: TRY003, EM102 - the three above
        self._end, self._sign = self._kept()

    def __len__(self) -> int:
        """Nobody knows how many mails there are before the file has been read."""
        return 0

    def batches(self) -> Iterator[list[IncomingMail]]:
        """The mails that are new, the oldest first, also those that come in meanwhile."""
        while mails := self._read():
            yield mails

    def place(self, mail: IncomingMail) -> str:
        """The octet at which the mail begins."""
        return f"{self._name}, octet {mail.key}"

    def settle(self, processed: Sequence[IncomingMail], other: Sequence[IncomingMail]) -> None:
        """Keep how far the file has been taken in. All mails stay in it."""
        del processed, other
        with self._database.writing() as connection:
            connection.execute(delete(META).where(META.c.name == self._row))
            connection.execute(insert(META).values(name=self._row, value=f"{self._end} {self._sign}"))

    def _kept(self) -> tuple[int, str]:
        with self._database.reading() as connection:
            kept = connection.execute(select(META.c.value).where(META.c.name == self._row)).scalar()
        end, _, sign = (kept or "0 ").partition(" ")
        return int(end), sign

    def _read(self) -> list[IncomingMail]:
        """The next mails, as they are while nobody writes."""
        with self._locked() as file:
            if self._end and _sign(file, self._end) != self._sign:
                self._end = 0
            mails, self._end = _mails(file, self._end, self._name)
            self._sign = _sign(file, self._end)
            return mails

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        try:
            with self._path.open("rb") as file:
                self._wait_for(file)
                yield file
        except OSError as error:
            msg = f"{self._name} cannot be read ({error.strerror}); run this as the user whose mail it is"
            raise MailboxUnreadableError(msg) from error

    def _wait_for(self, file: BinaryIO) -> None:
        """Wait until nobody writes. Closing the file lets go of the lock."""
        dot = self._path.with_name(f"{self._path.name}.lock")
        end = time.monotonic() + _PATIENCE
        while True:
            with suppress(BlockingIOError, PermissionError):  # POSIX allows both, where another process has the lock
                fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                if not dot.exists():
                    return
                fcntl.lockf(file, fcntl.LOCK_UN)
            if time.monotonic() > end:
                hint = f"; if no program uses the mailbox, remove {dot.name}" if dot.exists() else ""
                msg = (
                    f"{self._name} has been locked by another program for {_PATIENCE:.0f} seconds; run this again{hint}"
                )
                raise MailboxUnreadableError(msg)
            time.sleep(0.1)


def _sign(file: BinaryIO, end: int) -> str:
    """By which a position is known again: a hash of what stands before it; "" if the file is shorter."""
    start = max(end - _BEFORE, 0)
    file.seek(start)
    before = file.read(end - start)
    return hashlib.sha256(before).hexdigest()[:40] if len(before) == end - start else ""


def _mails(file: BinaryIO, start: int, name: str) -> tuple[list[IncomingMail], int]:
    """Some mails from a position on, and where the next one begins."""
    file.seek(start)
    found: list[_Found] = []
    is_empty_before = is_whole_before = True  # the line before
    at = start
    while line := file.readline(_LINE):
        if is_whole_before and is_empty_before and _START.match(line):
            if len(found) == AT_ONCE:
                break
            found.append(_Found(at, line))
        elif found:
            found[-1].add(line, begins=is_whole_before)
        elif line.strip():
            msg = f"{name} is not an mbox: at octet {at} there is no line `From SENDER DATE`; check the path"
            raise MailboxUnreadableError(msg)
        is_empty_before = is_whole_before and not line.strip(b"\r\n")
        is_whole_before = line.endswith(b"\n")
        at += len(line)
    return [each.mail() for each in found], at


class _Found:
    """A mail while it is read."""

    def __init__(self, at: int, line: bytes) -> None:
        self._at = at
        self._line = line.decode("ascii", "replace")
        self._raw = bytearray()
        self._is_head, self._is_left_out = True, False

    def add(self, line: bytes, *, begins: bool) -> None:
        """One more piece of it. begins: it is the beginning of a line."""
        if self._is_head and begins:
            self._is_head = bool(line.strip(b"\r\n"))
            is_folded = line[:1] in b" \t"
            self._is_left_out = self._is_head and (self._is_left_out if is_folded else bool(_ADDED.match(line)))
        if not self._is_left_out and len(self._raw) < CAP:
            self._raw += line[: CAP - len(self._raw)]

    def mail(self) -> IncomingMail:
        return IncomingMail(self._at, bytes(self._raw).rstrip(b"\r\n") + b"\n", _seconds(self._line))


def _seconds(line: str) -> int:
    """The time in a `From` line, that of this machine; 0 if there is none."""
    found = _DATE.search(line)
    if not found:
        return 0
    month, day, clock, year = found.groups()
    try:
        clock = clock if clock.count(":") > 1 else f"{clock}:00"
        return max(int(time.mktime(time.strptime(f"{day} {month} {year} {clock}", "%d %b %Y %H:%M:%S"))), 0)
    except (ValueError, OverflowError):
        return 0
