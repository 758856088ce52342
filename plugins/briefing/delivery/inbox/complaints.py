"""Complaints of mailbox providers (ARF, RFC 5965)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from briefing.delivery.inbox.mail_parts import field

if TYPE_CHECKING:
    from briefing.delivery.inbox.mail_parts import Mail

FEEDBACK: Final = "message/feedback-report"
_SPAM: Final = {"abuse", "fraud", "complaint", "opt-out"}


def is_complaint(mail: Mail) -> bool:
    """Whether it is a feedback report of any type."""
    return any(part.type == FEEDBACK for part in mail.parts)


def is_spam(feedback: str) -> bool:
    """Whether this type of feedback means that the reader does not want the mail (section 7.3); `not-spam` does not."""
    return feedback.lower() in _SPAM


def feedback_type(mail: Mail) -> str:
    """Its type, `abuse` or another; "" if there is none."""
    return next((kind for group in mail.groups(FEEDBACK) if (kind := field(group, "feedback-type"))), "")


def where_named(mail: Mail) -> list[str]:
    """The texts that may identify the delivery: the report's own fields first, then the headers of the message."""
    groups = mail.groups(FEEDBACK)
    return [value for group in groups for _, value in group] + [value for _, value in mail.returned]
