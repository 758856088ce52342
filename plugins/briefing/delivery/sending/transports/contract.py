"""The interface of a transport: it accepts one finished message at a time and returns its outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from briefing.errors import BriefingError

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from briefing.delivery.store.tables import Keeps


class Doubt(StrEnum):
    """How to find out whether an uncertain message was accepted.

    evidence: only from the server's log, by the Message-ID. events: from the service's events, by the message's tag.
    repeat: handing it over again within `Traits.repeatable` seconds does not send it twice.
    """

    EVIDENCE = "evidence"
    EVENTS = "events"
    REPEAT = "repeat"


class Verdict(StrEnum):
    """What became of one message.

    sent: accepted. deferred: refused for now. dead: refused permanently. unknown: accepted or not, nobody can tell.
    returned: not accepted, for a reason that has nothing to do with this reader; it may be handed over again.
    """

    SENT = "sent"
    DEFERRED = "deferred"
    DEAD = "dead"
    UNKNOWN = "unknown"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One reader's message, ready to be handed over.

    sender: the return path. recipient: the address, its domain in IDNA. message: RFC 5322 with CRLF.
    key: unique to reader and issue, and the same at every attempt; letters, digits and `-`.
    is_dotless: whether it is known that no line of the message starts with a dot.
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
    which may contain an address. wait: seconds that the other side asks to wait, 0 if it names none.
    pauses_domain: the reader's whole domain accepts nothing for now. is_gone: the address does not exist.
    refusal: why the other side refuses everything we send, free of addresses; the run must stop. "" if it does not.
    """

    verdict: Verdict
    status: str = ""
    wait: float = 0
    pauses_domain: bool = False
    is_gone: bool = False
    refusal: str = ""


class Channel(Protocol):
    """A connection, or a slot in a pool of calls. Used by one task at a time."""

    @property
    def is_open(self) -> bool:
        """Whether it accepts another envelope. If not, close it and open a new one."""
        ...

    async def deliver(self, envelope: Envelope) -> Outcome:
        """Hand over one envelope. Whatever the other side does is an Outcome, never an exception."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """The properties of a transport.

    name: scheme, host and port, without secrets or user names, as records show it: `smtp://mail.example.org:587`.
    signs: whether the other side signs the messages, so that we must not. connections: how many channels are
    useful at once. repeatable: seconds, see Doubt.
    """

    name: str
    keeps: Keeps
    doubt: Doubt
    signs: bool = False
    connections: int = 10
    repeatable: float = 0


class Transport(Protocol):
    """A transport."""

    @property
    def traits(self) -> Traits:
        """Its properties."""
        ...

    def channel(self) -> AbstractAsyncContextManager[Channel]:
        """Open a channel; it is closed when the block ends. Raises UnreachableError if it cannot be opened."""
        ...

    async def close(self) -> None:
        """Close what channels share."""
        ...


@dataclass
class UnreachableError(BriefingError):
    """No channel could be opened. `wait`: seconds until a new attempt makes sense, 0 if none does."""

    reason: str
    wait: float = field(default=0)

    def __str__(self) -> str:
        """The reason, free of addresses and secrets."""
        return self.reason
