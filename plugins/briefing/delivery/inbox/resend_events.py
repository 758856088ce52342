"""The bodies of Resend's webhooks: resend.com/docs/webhooks/event-types."""

from __future__ import annotations

from typing import Any, Final

from briefing.delivery.inbox.event_json import WebhookEvent, named_values, seconds, text_at, texts_in, value_at
from briefing.delivery.inbox.reports import AsideReason, ReportKind
from briefing.delivery.inbox.status_codes import kind_of, status_of

TAG: Final = "delivery"
_KINDS: Final = {
    "email.sent": ReportKind.DELIVERED,
    "email.delivered": ReportKind.DELIVERED,
    "email.delivery_delayed": ReportKind.DELAYED,
    "email.bounced": ReportKind.BOUNCED,
    "email.suppressed": ReportKind.BOUNCED,
    "email.complained": ReportKind.COMPLAINED,
    "email.failed": ReportKind.REFUSED,
}


def is_from_resend(data: dict[str, Any]) -> bool:
    """Whether it is an event of Resend."""
    return text_at(data, "type").startswith(("email.", "contact.", "domain.")) and isinstance(data.get("data"), dict)


def read(data: dict[str, Any], line: str) -> WebhookEvent | AsideReason:
    """Read an event."""
    kind = _KINDS.get(text_at(data, "type"))
    if kind is None:
        return AsideReason.IRRELEVANT
    status = ""
    if kind is ReportKind.BOUNCED:
        kind, status = _bounce(value_at(data, "data", "bounce"))
    headers = value_at(data, "data", "headers")
    named = (
        *named_values(value_at(data, "data", "tags"), TAG),
        *named_values(headers, TAG, "list-unsubscribe"),
    )
    return WebhookEvent(kind, f"resend {line}", named, seconds(value_at(data, "created_at")), status)


def _bounce(bounce: object) -> tuple[ReportKind, str]:
    words = " ".join([text_at(bounce, "message"), *texts_in(value_at(bounce, "diagnosticCode"))])
    status = status_of("", words)
    if text_at(bounce, "type") in {"", "Permanent"}:
        kind = kind_of(status) if status and not status.endswith(".0.0") else ReportKind.BOUNCED
        return kind, status or "5.1.1"
    return ReportKind.SOFT, status if status and kind_of(status) is ReportKind.SOFT else "4.0.0"
