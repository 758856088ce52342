"""What a transport promises: it takes one finished message at a time and says what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from briefing.errors import BriefingError

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager


class Keeps(StrEnum):
    """bytes: the message arrives as it was handed over. content: the service writes headers, and signs, itself."""

    BYTES = "bytes"
    CONTENT = "content"


class Doubt(StrEnum):
    """How it can be learnt whether a message in doubt was taken.

    evidence: only from the server's log, by the Message-ID. events: the service tells, by the tag of the message.
    repeat: handing it over again within `Transport.repeatable` seconds does not send it twice.
    """

    EVIDENCE = "evidence"
    EVENTS = "events"
    REPEAT = "repeat"


class Verdict(StrEnum):
    """What became of one message.

    sent: taken. deferred: refused for now. dead: refused for good. unknown: it cannot be said.
    returned: not taken for a reason that has nothing to do with this reader; it may be handed over again.
    """

    SENT = "sent"
    DEFERRED = "deferred"
    DEAD = "dead"
    UNKNOWN = "unknown"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One reader's message.

    sender: the envelope's return path. recipient: as it travels, domain in IDNA. message: RFC 5322 with CRLF.
    key: the same at every attempt for the same reader and issue, another for all others; letters, digits, `-`.
    is_dotless: whether it is known that no line of the message begins with a dot.
    """

    sender: str
    recipient: str
    message: bytes
    key: str
    is_dotless: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an envelope.

    status: the enhanced code of RFC 3463 (`5.1.1`), the SMTP code (`550`) or a service's own word; never free text,
    which may hold an address. wait: seconds that the other side asks to wait, 0 where it names none.
    pauses_domain: the reader's whole domain takes no more for now. is_gone: the address does not exist.
    refusal: not empty where the other side refuses us by policy, or as a whole: the run must stop, and this says why
    to the user, free of addresses.
    """

    verdict: Verdict
    status: str = ""
    wait: float = 0
    pauses_domain: bool = False
    is_gone: bool = False
    refusal: str = ""


class Channel(Protocol):
    """One way to the other side: a connection, or a place in a pool of calls. Used by one task at a time."""

    @property
    def is_open(self) -> bool:
        """Whether another envelope may be handed over; else the channel is to be left and a new one entered."""
        ...

    async def deliver(self, envelope: Envelope) -> Outcome:
        """Hand over one envelope. Never raises for what the other side does: that is an Outcome."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What is true of a transport whatever it carries.

    name: scheme, host and port without secrets or user names, as records show it: `smtp://mail.example.org:587`.
    signs: whether the other side signs the messages itself, so that we must not. connections: how many channels are
    of use at once. repeatable: see Doubt.
    """

    name: str
    keeps: Keeps
    doubt: Doubt
    signs: bool = False
    connections: int = 10
    repeatable: float = 0


class Transport(Protocol):
    """A transport that takes finished messages."""

    @property
    def traits(self) -> Traits:
        """What is true of it whatever it carries."""
        ...

    def channel(self) -> AbstractAsyncContextManager[Channel]:
        """Open a channel; on leaving it is closed politely. Raises UnreachableError where that fails."""
        ...

    async def close(self) -> None:
        """Let go of everything that channels share."""
        ...


@dataclass
class UnreachableError(BriefingError):
    """No channel could be opened. `wait`: seconds after which to try again, 0 where it makes no sense to."""

    reason: str
    wait: float = field(default=0)

    def __str__(self) -> str:
        """The reason, free of addresses and secrets."""
        return self.reason
