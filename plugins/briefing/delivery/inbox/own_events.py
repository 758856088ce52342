"""Events in our own format, for any other service or log: docs/reference/events.md."""

from __future__ import annotations

from typing import Any, Final

from briefing.delivery.inbox.event_json import WebhookEvent, seconds, text_at, value_at
from briefing.delivery.inbox.reports import AsideReason, ReportKind
from briefing.delivery.inbox.status_codes import is_failure, kind_of, status_of

_KINDS: Final = {
    "delivered": ReportKind.DELIVERED,
    "bounced": ReportKind.BOUNCED,
    "complained": ReportKind.COMPLAINED,
    "unsubscribed": ReportKind.UNSUBSCRIBED,
    "rejected": ReportKind.REFUSED,
}


def is_ours(data: dict[str, Any]) -> bool:
    """Whether an event has this format."""
    return "event" in data


def read(data: dict[str, Any], line: str) -> WebhookEvent | AsideReason:
    """Read an event. A bounce is hard or soft by its `status`, and hard without one."""
    kind = _KINDS.get(text_at(data, "event"))
    if kind is None:
        return AsideReason.MALFORMED
    named = tuple(filter(None, (text_at(data, key).strip() for key in ("token", "key"))))
    message_id = text_at(data, "message_id").strip("<> ").lower()
    if not named and not message_id:
        return AsideReason.NO_IDENTIFIER
    status = status_of(text_at(data, "status"), text_at(data, "status"))
    if kind is ReportKind.BOUNCED and is_failure(status):
        kind = kind_of(status)
    identity = text_at(data, "id") or line
    at = seconds(value_at(data, "at"))
    return WebhookEvent(
        kind, f"own {identity} {kind} {named} {message_id}", named, at, status, message_id, must_name=True
    )
