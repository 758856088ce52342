"""What came back, decided: about whom, and what it says; or why nothing can be made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ReportKind(StrEnum):
    """What is said about one delivery, or by one reader.

    delivered: it was taken. delayed: it was taken, and is on its way. soft: it came back, for now (a full mailbox).
    refused: it came back for a reason that is not the reader's (policy, content, size). bounced: there is no such
    mailbox. complained: it was called spam. unsubscribed: the reader wants no more. asked: somebody who may not be the
    reader says so.
    """

    DELIVERED = "delivered"
    DELAYED = "delayed"
    SOFT = "soft"
    REFUSED = "refused"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    ASKED = "asked"


class AsideReason(StrEnum):
    """Why nothing follows from something that came in, as it is said to the user."""

    MALFORMED = "cannot be read"
    INVALID_TOKEN = "its token is cut short, forged or of another list"  # noqa: S105 - a message
    NO_DELIVERY = "names no delivery of this list"
    NO_IDENTIFIER = "has neither token nor Message-ID"
    NOT_IN_DOUBT = "its Message-ID is that of no delivery in doubt"
    NO_STATUS = "tells of a failure, but not of which kind"
    AUTOMATIC = "an automatic reply"
    UNKNOWN_SENDER = "wants to leave, but its sender is not on the list"
    UNRECOGNIZED = "neither a failure, a complaint nor a wish to leave"
    IRRELEVANT = "an event of no consequence"


@dataclass(frozen=True, slots=True)
class Report:
    """What is said, and about whom: `reader`, else whoever has `address`, else the delivery with `message_id`.

    campaign: 0 where none is named. status: the enhanced code of RFC 3463, `5.1.1`, or "".
    """

    kind: ReportKind
    reader: str = ""
    campaign: int = 0
    status: str = ""
    address: str = field(default="", repr=False)
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class InboxItem:
    """A report to be taken in. event_id: always the same for the same mail or event. at: when it happened."""

    event_id: str
    report: Report
    at: int
