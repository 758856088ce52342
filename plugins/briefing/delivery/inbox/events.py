"""What an email service, or a log, tells of a delivery: JSON -> an Item. Pure.

Known are our own shape (docs/reference/events.md), Amazon SES's and Resend's, told apart by their keys.
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
    """What one JSON object tells; an event that does not say when it happened has happened now."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return AsideReason.MALFORMED
    told = _event_of(data, line.strip()) if isinstance(data, dict) else AsideReason.MALFORMED
    if isinstance(told, AsideReason):
        return told
    named = named_delivery(tokens, told.named)
    if named is None and any(told.must_name or has_token_shape(text) for text in told.named):
        return AsideReason.INVALID_TOKEN
    if named is None and not told.message_id:
        return AsideReason.NO_DELIVERY
    reader, campaign = named or ("", 0)
    return InboxItem(
        event_id_of(told.identity.encode()),
        Report(told.kind, reader, campaign, told.status, "", told.message_id),
        told.at or now,
    )


def event_id_of(identity: bytes) -> str:
    """By which it is known that a mail or event has been taken in."""
    return hashlib.sha256(identity).hexdigest()[:40]


def _event_of(data: dict[str, Any], line: str) -> WebhookEvent | AsideReason:
    for is_its, read in (
        (own_events.is_ours, own_events.read),
        (ses_events.is_from_ses, ses_events.read),
        (resend_events.is_from_resend, resend_events.read),
    ):
        if is_its(data):
            return read(data, line)
    return AsideReason.MALFORMED
