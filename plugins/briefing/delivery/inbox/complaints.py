"""What a mailbox provider's complaint says (ARF, RFC 5965)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from briefing.delivery.inbox.mail_parts import field

if TYPE_CHECKING:
    from briefing.delivery.inbox.mail_parts import Mail

FEEDBACK: Final = "message/feedback-report"
_SPAM: Final = {"abuse", "fraud", "complaint", "opt-out"}


def is_complaint(mail: Mail) -> bool:
    """Whether it is feedback of any type."""
    return any(part.type == FEEDBACK for part in mail.parts)


def is_spam(feedback: str) -> bool:
    """Whether a type of feedback means that the reader wants no such mail (section 7.3); `not-spam` does not."""
    return feedback.lower() in _SPAM


def feedback_type(mail: Mail) -> str:
    """Its type, `abuse` or another; "" where it names none."""
    return next((kind for group in mail.groups(FEEDBACK) if (kind := field(group, "feedback-type"))), "")


def where_named(mail: Mail) -> list[str]:
    """The texts in which a complaint names the delivery: the provider's own fields first, then the message's headers."""
    groups = mail.groups(FEEDBACK)
    return [value for group in groups for _, value in group] + [value for _, value in mail.returned]
