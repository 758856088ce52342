"""Amazon SES's events, raw or wrapped by SNS or EventBridge.

Shapes: docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html, and those of notifications,
which carry no tags.
"""

from __future__ import annotations

import json
from typing import Any, Final

from briefing.delivery.inbox.complaints import is_spam
from briefing.delivery.inbox.event_json import WebhookEvent, named_values, seconds, text_at, texts_in, value_at
from briefing.delivery.inbox.reports import AsideReason, ReportKind
from briefing.delivery.inbox.status_codes import kind_of, status_of

TAG: Final = "delivery"
_SIMPLE: Final = {
    "send": ReportKind.DELIVERED,
    "delivery": ReportKind.DELIVERED,
    "deliverydelay": ReportKind.DELAYED,
    "reject": ReportKind.REFUSED,
    "rendering failure": ReportKind.REFUSED,
}
_NOT_THE_READERS: Final = {"MessageTooLarge", "ContentRejected", "AttachmentRejected"}


def is_from_ses(data: dict[str, Any]) -> bool:
    """Whether it is an event of SES, wrapped or not."""
    return ("mail" in data and bool(_type(data))) or "detail-type" in data or ("Type" in data and "TopicArn" in data)


def read(data: dict[str, Any], line: str) -> WebhookEvent | AsideReason:
    """Read an event."""
    identity = text_at(data, "MessageId") or text_at(data, "id") or line
    inner = _unwrapped(data)
    if inner is None or not isinstance(value_at(inner, "mail"), dict):
        return AsideReason.IRRELEVANT
    kind, status = _outcome(inner)
    if kind is None:
        return AsideReason.IRRELEVANT
    name = _type(inner)
    at = seconds(value_at(inner, name, "timestamp")) or seconds(value_at(inner, "mail", "timestamp"))
    headers = value_at(inner, "mail", "headers")
    named = (
        *named_values(value_at(inner, "mail", "tags"), TAG),
        *texts_in(value_at(inner, "mail", "source")),
        *named_values(headers, TAG, "return-path", "list-unsubscribe"),
    )
    message_ids = named_values(headers, "message-id")
    return WebhookEvent(
        kind, f"ses {identity}", named, at, status, message_ids[0].strip("<> ").lower() if message_ids else ""
    )


def _unwrapped(data: dict[str, Any]) -> dict[str, Any] | None:
    if "detail-type" in data:
        inner = data.get("detail")
    elif "TopicArn" in data:
        try:
            inner = json.loads(text_at(data, "Message"))
        except (ValueError, RecursionError):  # a subscription confirmation, or another text of SNS
            return None
    else:
        inner = data
    return inner if isinstance(inner, dict) else None


def _type(data: dict[str, Any]) -> str:
    return (text_at(data, "eventType") or text_at(data, "notificationType")).lower()


def _outcome(data: dict[str, Any]) -> tuple[ReportKind | None, str]:
    kind = _type(data)
    if kind == "bounce":
        return _bounce(data)
    if kind == "complaint":
        feedback = text_at(data, "complaint", "complaintFeedbackType")
        return (ReportKind.COMPLAINED if not feedback or is_spam(feedback) else None), ""
    return _SIMPLE.get(kind), ""


def _bounce(data: dict[str, Any]) -> tuple[ReportKind, str]:
    """SES calls hard bounces Permanent. The status separates policy and full mailboxes, which it calls so too."""
    first = value_at(data, "bounce", "bouncedRecipients", 0)
    status = status_of(text_at(first, "status"), text_at(first, "diagnosticCode"))
    if text_at(data, "bounce", "bounceSubType") in _NOT_THE_READERS:
        return ReportKind.REFUSED, status or "5.6.0"
    if text_at(data, "bounce", "bounceType") != "Permanent":
        return ReportKind.SOFT, status if kind_of(status) is ReportKind.SOFT and status else "4.0.0"
    outcome_kind = kind_of(status) if status and not status.endswith(".0.0") else ReportKind.BOUNCED
    return outcome_kind, status or "5.1.1"
