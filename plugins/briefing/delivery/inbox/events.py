"""Events of an email service or a log: JSON -> an item for the inbox. Pure.

The formats are our own (docs/reference/events.md), Amazon SES's and Resend's. Their keys identify them.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from briefing.delivery.inbox import own_events, resend_events, ses_events
from briefing.delivery.inbox.reports import AsideReason, InboxItem, Report
from briefing.delivery.inbox.token_search import has_token_shape, named_delivery

if TYPE_CHECKING:
    from briefing.delivery.inbox.event_json import WebhookEvent
    from briefing.delivery.store.tokens import Tokens


def read_event(line: str, tokens: Tokens, now: int) -> InboxItem | AsideReason:
    """Read one JSON object. An event without a time happened now."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return AsideReason.MALFORMED
    event = _event_of(data, line.strip()) if isinstance(data, dict) else AsideReason.MALFORMED
    if isinstance(event, AsideReason):
        return event
    named = named_delivery(tokens, event.named)
    if named is None and any(event.must_name or has_token_shape(text) for text in event.named):
        return AsideReason.INVALID_TOKEN
    if named is None and not event.message_id:
        return AsideReason.NO_DELIVERY
    reader, campaign = named or ("", 0)
    return InboxItem(
        event_id_of(event.identity.encode()),
        Report(event.kind, reader, campaign, event.status, "", event.message_id),
        event.at or now,
    )


def event_id_of(identity: bytes) -> str:
    """The ID by which a processed mail or event is recognised."""
    return hashlib.sha256(identity).hexdigest()[:40]


def _event_of(data: dict[str, Any], line: str) -> WebhookEvent | AsideReason:
    for is_format, read in (
        (own_events.is_ours, own_events.read),
        (ses_events.is_from_ses, ses_events.read),
        (resend_events.is_from_resend, resend_events.read),
    ):
        if is_format(data):
            return read(data, line)
    return AsideReason.MALFORMED
