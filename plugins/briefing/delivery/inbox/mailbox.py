"""What a mailbox of any kind is to the recipe: its mails a few at a time, and what is done with each afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CAP: Final = 262_144
"""Octets of a mail that are read: a report stands before the message that it returns."""
AT_ONCE: Final = 16
"""Mails in memory."""


class MailboxUnreadableError(BriefingError):
    """The mailbox could not be read, or a mail not be moved. What was taken in stays so, and is not repeated."""


@dataclass(frozen=True, slots=True)
class IncomingMail:
    """A mail in a mailbox.

    key: by which the mailbox finds it again. raw: at most CAP octets. at: when it arrived, in seconds since 1970; 0 if
    nobody knows.
    """

    key: int | str
    raw: bytes
    at: int


class Mailbox(Protocol):
    """One folder or file of mails."""

    def __len__(self) -> int:
        """How many mails there were at the start; 0 if nobody knows."""
        ...

    def batches(self) -> Iterator[list[IncomingMail]]:
        """Those mails, the oldest first."""
        ...

    def place(self, mail: IncomingMail) -> str:
        """Where a mail was when it was read, for the user."""
        ...

    def settle(self, processed: Sequence[IncomingMail], other: Sequence[IncomingMail]) -> None:
        """Be done with the mails of a batch: with those that were taken in, and with those of no use."""
        ...
