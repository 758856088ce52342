"""Resend's webhooks, as their bodies are: resend.com/docs/webhooks/event-types."""

from __future__ import annotations

from typing import Any, Final

from briefing.delivery.inbox.event_json import Told, named_values, seconds, text_at, texts_in, value_at
from briefing.delivery.inbox.reports import Kind, Unclear
from briefing.delivery.inbox.status_codes import kind_of, status_of

TAG: Final = "delivery"
_KINDS: Final = {
    "email.sent": Kind.DELIVERED,
    "email.delivered": Kind.DELIVERED,
    "email.delivery_delayed": Kind.DELAYED,
    "email.bounced": Kind.BOUNCED,
    "email.suppressed": Kind.BOUNCED,
    "email.complained": Kind.COMPLAINED,
    "email.failed": Kind.REFUSED,
}


def is_from_resend(data: dict[str, Any]) -> bool:
    """Whether it is one of Resend's."""
    return text_at(data, "type").startswith(("email.", "contact.", "domain.")) and isinstance(data.get("data"), dict)


def read(data: dict[str, Any], line: str) -> Told | Unclear:
    """What it tells."""
    kind = _KINDS.get(text_at(data, "type"))
    if kind is None:
        return Unclear.IDLE
    status = ""
    if kind is Kind.BOUNCED:
        kind, status = _bounce(value_at(data, "data", "bounce"))
    headers = value_at(data, "data", "headers")
    named = (
        *named_values(value_at(data, "data", "tags"), TAG),
        *named_values(headers, TAG, "list-unsubscribe"),
    )
    return Told(kind, f"resend {line}", named, seconds(value_at(data, "created_at")), status)


def _bounce(bounce: object) -> tuple[Kind, str]:
    words = " ".join([text_at(bounce, "message"), *texts_in(value_at(bounce, "diagnosticCode"))])
    status = status_of("", words)
    if text_at(bounce, "type") in {"", "Permanent"}:
        told = kind_of(status) if status and not status.endswith(".0.0") else Kind.BOUNCED
        return told, status or "5.1.1"
    return Kind.SOFT, status if status and kind_of(status) is Kind.SOFT else "4.0.0"
