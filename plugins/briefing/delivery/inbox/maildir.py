"""A Maildir: reads mails, and moves them to folders (Maildir++, as Dovecot and Courier use it).

The mail server moves complete files into place, so no lock is needed. A mail is moved only after it is processed, with its name
and unread if it was unread. If another program moves or marks it first, the next run finds it.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from briefing.delivery.inbox.mailbox import BATCH, MAX_BYTES, IncomingMail, MailboxUnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from briefing.delivery.inbox.inbox_url import MaildirSource

PROCESSED: Final = ".Processed"
OTHER: Final = ".Other"
_PARTS: Final = ("new", "cur")
_FLAGS: Final = ":2,"
_TRASHED: Final = "T"


class Maildir:
    """A Maildir and its two folders."""

    def __init__(self, source: MaildirSource) -> None:
        """Raises MailboxUnreadableError if it is not a Maildir, or one of the folders for processed mails."""
        self._root = source.path
        self._name = source.name
        if not self._root.is_dir():
            what = "is a file; did you mean mbox:PATH?" if self._root.exists() else "does not exist; check the path"
            raise MailboxUnreadableError(f"{source.name} {what}")  # noqa: TRY003, EM102 - the two above
        if self._root.name in {PROCESSED, OTHER}:
            msg = f"{source.name} is the folder for processed mails; name the Maildir that contains it"
            raise MailboxUnreadableError(msg)
        missing = [part for part in _PARTS if not (self._root / part).is_dir()]
        if missing:
            msg = (
                f"{source.name} is not a Maildir: it has no folder `{missing[0]}`; name the folder that contains `new`"
            )
            raise MailboxUnreadableError(msg)
        with _errors_translated(source.name):
            self._files = self._listed()

    def __len__(self) -> int:
        """The number of mails at the start."""
        return len(self._files)

    def batches(self) -> Iterator[list[IncomingMail]]:
        """The mails that were there at the start, oldest first."""
        for start in range(0, len(self._files), BATCH):
            with _errors_translated(self._name):
                mails = [self._read(key) for key in self._files[start : start + BATCH]]
            yield [mail for mail in mails if mail]

    def place(self, mail: IncomingMail) -> str:
        """The mail's file."""
        return f"{self._name.rstrip('/')}/{mail.key}"

    def settle(self, processed: Sequence[IncomingMail], other: Sequence[IncomingMail]) -> None:
        """Move mails to PROCESSED or OTHER, which are created if they are missing."""
        with _errors_translated(self._name):
            for mails, folder in ((processed, PROCESSED), (other, OTHER)):
                if mails:
                    self._make(folder)
                for mail in mails:
                    self._move(str(mail.key), folder)

    def _listed(self) -> list[str]:
        found = []
        for part in _PARTS:
            with os.scandir(self._root / part) as entries:
                for entry in entries:
                    _, _, flags = entry.name.partition(_FLAGS)
                    if entry.name.startswith(".") or _TRASHED in flags:
                        continue
                    with suppress(FileNotFoundError):
                        if entry.is_file():
                            found.append((entry.stat().st_mtime_ns, f"{part}/{entry.name}"))
        return [key for _, key in sorted(found)]

    def _read(self, key: str) -> IncomingMail | None:
        """A mail; None if another program has moved or marked it since."""
        try:
            with (self._root / key).open("rb") as file:
                return IncomingMail(key, file.read(MAX_BYTES), int(os.fstat(file.fileno()).st_mtime))
        except FileNotFoundError:
            return None

    def _make(self, folder: str) -> None:
        made = [self._root / folder, *(self._root / folder / part for part in ("tmp", *_PARTS))]
        owner = self._root.stat()
        for each in made:
            with suppress(FileExistsError):
                each.mkdir(mode=0o700)
                _set_owner(each, owner)
        marker = self._root / folder / "maildirfolder"
        if not marker.exists():
            marker.touch(mode=0o600)
            _set_owner(marker, owner)

    def _move(self, key: str, folder: str) -> None:
        part, _, name = key.partition("/")
        target = self._root / folder / part / name
        number = 1
        while target.exists():  # only if someone copied the mail back: names are unique
            number += 1
            unique, flags, rest = name.partition(_FLAGS)
            target = target.with_name(f"{unique}_{number}{flags}{rest}")
        with suppress(FileNotFoundError):
            (self._root / key).rename(target)


def _set_owner(path: Path, owner: os.stat_result) -> None:
    """Give what root creates to the owner of the Maildir."""
    if os.geteuid() == 0:
        os.chown(path, owner.st_uid, owner.st_gid)


@contextmanager
def _errors_translated(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        msg = f"{name} cannot be used ({error.strerror}); run this as the user who owns the mailbox"
        raise MailboxUnreadableError(msg) from error
