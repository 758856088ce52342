"""The interface of mailboxes: mails in batches, and what happens to each afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_BYTES: Final = 262_144
"""Bytes of a mail that are read. A report comes before the message that it returns."""
BATCH: Final = 16
"""Mails in memory."""


class MailboxUnreadableError(BriefingError):
    """The mailbox could not be read, or a mail could not be moved. What was processed stays processed."""


@dataclass(frozen=True, slots=True)
class IncomingMail:
    """A mail in a mailbox.

    key: identifies it in the mailbox. raw: up to MAX_BYTES. at: when it arrived, in seconds since 1970; 0 if unknown.
    """

    key: int | str
    raw: bytes
    at: int


class Mailbox(Protocol):
    """One folder or file of mails."""

    def __len__(self) -> int:
        """The number of mails at the start; 0 if unknown."""
        ...

    def batches(self) -> Iterator[list[IncomingMail]]:
        """These mails, oldest first."""
        ...

    def place(self, mail: IncomingMail) -> str:
        """Where a mail was when it was read, for the user."""
        ...

    def settle(self, processed: Sequence[IncomingMail], other: Sequence[IncomingMail]) -> None:
        """Finish a batch: the processed mails, and all others."""
        ...
