"""What an email service, or a log, tells of a delivery: JSON -> an Item. Pure.

Known are our own shape (docs/reference/events.md), Amazon SES's and Resend's, told apart by their keys.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from briefing.delivery.inbox import own_events, resend_events, ses_events
from briefing.delivery.inbox.reports import Item, Report, Unclear
from briefing.delivery.inbox.token_search import has_token_shape, whose

if TYPE_CHECKING:
    from briefing.delivery.inbox.event_json import WebhookEvent
    from briefing.delivery.store.tokens import Tokens


def read_event(line: str, tokens: Tokens, now: int) -> Item | Unclear:
    """What one JSON object tells; an event that does not say when it happened has happened now."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return Unclear.BROKEN
    told = _event_of(data, line.strip()) if isinstance(data, dict) else Unclear.BROKEN
    if isinstance(told, Unclear):
        return told
    named = whose(tokens, told.named)
    if named is None and any(told.must_name or has_token_shape(text) for text in told.named):
        return Unclear.FORGED
    if named is None and not told.message_id:
        return Unclear.NAMELESS
    reader, campaign = named or ("", 0)
    return Item(
        mark_of(told.identity.encode()),
        Report(told.kind, reader, campaign, told.status, "", told.message_id),
        told.at or now,
    )


def mark_of(identity: bytes) -> str:
    """By which it is known that a mail or event has been taken in."""
    return hashlib.sha256(identity).hexdigest()[:40]


def _event_of(data: dict[str, Any], line: str) -> WebhookEvent | Unclear:
    for is_its, read in (
        (own_events.is_ours, own_events.read),
        (ses_events.is_from_ses, ses_events.read),
        (resend_events.is_from_resend, resend_events.read),
    ):
        if is_its(data):
            return read(data, line)
    return Unclear.BROKEN
