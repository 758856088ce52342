"""What a service is told of a message comes back in its events, so that they name the delivery."""

from __future__ import annotations

from typing import Any

import pytest
from tests.delivery.sending.transports.test_resend import deliver as by_resend
from tests.delivery.sending.transports.test_resend import envelope
from tests.delivery.sending.transports.test_ses import ENVELOPE
from tests.delivery.sending.transports.test_ses import deliver as by_ses
from tests.delivery.services import FakeResend, FakeSes, serving

from briefing.delivery.inbox import resend_events, ses_events
from briefing.delivery.inbox.event_json import WebhookEvent
from briefing.delivery.inbox.reports import ReportKind


def ses_event(asked: dict[str, Any], name: str, said: dict[str, Any]) -> dict[str, Any]:
    """An event as SES publishes it of a message that was handed over like this: each tag has several values."""
    tags = {tag["Name"]: [tag["Value"]] for tag in asked["EmailTags"]}
    return {
        "eventType": name,
        "mail": {
            "timestamp": "2026-04-03T07:00:00.000Z",
            "messageId": "0100",
            "destination": asked["Destination"]["ToAddresses"],
            "tags": {**tags, "ses:configuration-set": ["weekly"]},
        },
        name.lower(): said,
    }


@pytest.mark.parametrize(
    ("name", "said", "kind"),
    [
        ("Send", {}, ReportKind.DELIVERED),
        ("Delivery", {"timestamp": "2026-04-03T07:00:01.000Z"}, ReportKind.DELIVERED),
        ("Bounce", {"bounceType": "Permanent", "bouncedRecipients": [{"status": "5.1.1"}]}, ReportKind.BOUNCED),
        ("Complaint", {"complaintFeedbackType": "abuse"}, ReportKind.COMPLAINED),
        ("Reject", {"reason": "Bad content"}, ReportKind.REFUSED),
    ],
)
def test_an_event_of_ses_names_the_delivery(name: str, said: dict[str, Any], kind: ReportKind) -> None:
    with serving(FakeSes()) as service:
        by_ses(service.url, ENVELOPE)
    told = ses_events.read(ses_event(service.asked[0].body, name, said), "line")
    assert isinstance(told, WebhookEvent)
    assert told.kind is kind
    assert ENVELOPE.key in told.named


@pytest.mark.parametrize("are_listed", [True, False])
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sent", ReportKind.DELIVERED),
        ("bounced", ReportKind.BOUNCED),
        ("complained", ReportKind.COMPLAINED),
        ("failed", ReportKind.REFUSED),
    ],
)
def test_an_event_of_resends_names_the_delivery(name: str, kind: ReportKind, *, are_listed: bool) -> None:
    """Its documentation shows tags in two shapes."""
    with serving(FakeResend()) as service:
        by_resend(service.url, envelope())
    tags = service.asked[0].body["tags"]
    given = tags if are_listed else {tag["name"]: tag["value"] for tag in tags}
    event = {
        "type": f"email.{name}",
        "created_at": "2026-04-03T07:00:00.000Z",
        "data": {"email_id": "id-1", "to": ["ada@reader.example"], "tags": given, "bounce": {"type": "Permanent"}},
    }
    told = resend_events.read(event, "line")
    assert isinstance(told, WebhookEvent)
    assert told.kind is kind
    assert envelope().key in told.named
