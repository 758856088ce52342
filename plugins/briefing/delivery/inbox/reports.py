"""The result of classifying a mail or event: a report, or the reason why it was set aside."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class ReportKind(StrEnum):
    """What a report says about one delivery or reader.

    delivered: it was accepted. delayed: it was accepted and is still on its way. soft: it bounced for now (a full mailbox).
    refused: it bounced for a reason that is not the reader's (policy, content, size). bounced: the mailbox does not exist.
    complained: it was marked as spam. unsubscribed: the reader unsubscribed. asked: someone who may not be the reader wants to
    unsubscribe them.
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
    """Why a mail or event was set aside, for the user."""

    MALFORMED = "cannot be read"
    INVALID_TOKEN = "its token is incomplete, forged or of another list"  # noqa: S105 - a message
    NO_DELIVERY = "identifies no delivery of this list"
    NO_IDENTIFIER = "has neither token nor Message-ID"
    NOT_IN_DOUBT = "its Message-ID matches no uncertain delivery"
    NO_STATUS = "reports a failure without its kind"
    AUTOMATIC = "an automatic reply"
    UNKNOWN_SENDER = "asks to unsubscribe, but its sender is not on the list"
    UNRECOGNIZED = "neither a bounce, a complaint nor an unsubscribe request"
    IRRELEVANT = "an irrelevant event"


@dataclass(frozen=True, slots=True)
class Report:
    """A report about `reader`, else the reader with `address`, else the delivery with `message_id`.

    campaign: 0 if unknown. status: the enhanced code of RFC 3463, such as `5.1.1`, or "".
    """

    kind: ReportKind
    reader: str = ""
    campaign: int = 0
    status: str = ""
    address: str = field(default="", repr=False)
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class InboxItem:
    """A report to apply. event_id: the same whenever the same mail or event arrives. at: when it happened."""

    event_id: str
    report: Report
    at: int
