"""What services and logs tell of deliveries, a JSON object each."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.delivery import inbox_parts as parts

from briefing.delivery.inbox.event_json import seconds
from briefing.delivery.inbox.events import read_event
from briefing.delivery.inbox.reports import AsideReason, InboxItem, ReportKind
from briefing.delivery.store.secret import Secret
from briefing.delivery.store.tokens import Purpose, Tokens

TOKENS = Tokens(Secret(parts.SECRET), "list.example")
ADA = "adaadaadaadaada2"
BOUNCE = TOKENS.make(Purpose.BOUNCE, ADA, 7)
LEAVE = TOKENS.make(Purpose.UNSUBSCRIBE, ADA)
NOW = 1_800_000_000


def ses(kind: str, token: str = BOUNCE, **said: Any) -> dict[str, Any]:
    """An event as SES publishes it."""
    mail = {
        "timestamp": "2026-04-03T07:00:00.012Z",
        "source": "The Example <desk@list.example>",
        "sendingAccountId": "123456789012",
        "messageId": "0100019-ses",
        "destination": ["ada@readers.example"],
        "headersTruncated": False,
        "headers": [{"name": "From", "value": "desk@list.example"}],
        "tags": {"ses:configuration-set": ["briefing"], "delivery": [token]},
    }
    return {"eventType": kind, "mail": mail, kind.lower(): {"timestamp": "2026-04-03T07:00:02.000Z", **said}}


def bounce(kind: str = "Permanent", status: str = "5.1.1", subtype: str = "General") -> dict[str, Any]:
    first = {"emailAddress": "ada@readers.example", "action": "failed", "status": status, "diagnosticCode": "smtp; 550"}
    return ses("Bounce", bounceType=kind, bounceSubType=subtype, bouncedRecipients=[first])


def sns(event: Any) -> dict[str, Any]:
    """The same, as SNS hands it to a queue."""
    arn = "arn:aws:sns:eu-west-1:123456789012:briefing"
    return {"Type": "Notification", "MessageId": "sns-1", "TopicArn": arn, "Message": json.dumps(event)}


def bus(event: Any) -> dict[str, Any]:
    """The same, by way of EventBridge."""
    return {"version": "0", "id": "bus-1", "detail-type": "Email Bounced", "source": "aws.ses", "detail": event}


def resend(kind: str, **said: Any) -> dict[str, Any]:
    """The body of a webhook of Resend's."""
    data = {
        "created_at": "2026-04-03T07:00:00.126Z",
        "email_id": "56761188-7520-42d8-8898-ff6fc54ce618",
        "from": "The Example <desk@list.example>",
        "to": ["ada@readers.example"],
        "subject": "The first issue",
        "tags": {"delivery": BOUNCE},
        **said,
    }
    return {"type": kind, "created_at": "2026-04-03T07:00:02.126Z", "data": data}


def own(event: str, **more: Any) -> dict[str, Any]:
    return {"event": event, "token": BOUNCE, **more}


def said(event: Any) -> InboxItem | AsideReason:
    return read_event(json.dumps(event), TOKENS, NOW)


RETURNED = {"message": "The recipient's mail server said no.", "type": "Permanent", "subType": "General"}


@pytest.mark.parametrize(
    ("event", "kind", "status"),
    [
        (own("delivered"), ReportKind.DELIVERED, ""),
        (own("bounced"), ReportKind.BOUNCED, ""),
        (own("bounced", status="5.1.1"), ReportKind.BOUNCED, "5.1.1"),
        (own("bounced", status="4.2.2"), ReportKind.SOFT, "4.2.2"),
        (own("bounced", status="550 5.7.1 blocked"), ReportKind.REFUSED, "5.7.1"),
        (own("bounced", status="no such user"), ReportKind.BOUNCED, "5.1.1"),
        (own("complained"), ReportKind.COMPLAINED, ""),
        (own("unsubscribed"), ReportKind.UNSUBSCRIBED, ""),
        (own("rejected", status="5.7.1"), ReportKind.REFUSED, "5.7.1"),
        ({"event": "delivered", "key": BOUNCE}, ReportKind.DELIVERED, ""),
        (ses("Send"), ReportKind.DELIVERED, ""),
        (ses("Delivery"), ReportKind.DELIVERED, ""),
        (ses("DeliveryDelay"), ReportKind.DELAYED, ""),
        (ses("Reject"), ReportKind.REFUSED, ""),
        (ses("Rendering Failure"), ReportKind.REFUSED, ""),
        (ses("Complaint"), ReportKind.COMPLAINED, ""),
        (ses("Complaint", complaintFeedbackType="abuse"), ReportKind.COMPLAINED, ""),
        (bounce(), ReportKind.BOUNCED, "5.1.1"),
        (bounce(status="5.7.1"), ReportKind.REFUSED, "5.7.1"),
        (bounce(status="5.2.2"), ReportKind.SOFT, "5.2.2"),
        (bounce(status="5.0.0"), ReportKind.BOUNCED, "5.0.0"),
        (bounce(status="", subtype="OnAccountSuppressionList"), ReportKind.BOUNCED, "5.0.0"),
        (bounce("Transient", "4.4.7"), ReportKind.SOFT, "4.4.7"),
        (bounce("Transient", "5.1.1"), ReportKind.SOFT, "4.0.0"),
        (bounce("Transient", "5.6.0", "ContentRejected"), ReportKind.REFUSED, "5.6.0"),
        (bounce("Undetermined", ""), ReportKind.SOFT, "5.0.0"),
        ({**bounce(), "eventType": None, "notificationType": "Bounce"}, ReportKind.BOUNCED, "5.1.1"),
        (resend("email.sent"), ReportKind.DELIVERED, ""),
        (resend("email.delivered"), ReportKind.DELIVERED, ""),
        (resend("email.delivery_delayed"), ReportKind.DELAYED, ""),
        (resend("email.complained"), ReportKind.COMPLAINED, ""),
        (resend("email.failed"), ReportKind.REFUSED, ""),
        (resend("email.bounced", bounce=RETURNED), ReportKind.BOUNCED, "5.1.1"),
        (resend("email.bounced", bounce=RETURNED | {"diagnosticCode": ["552 5.2.2 full"]}), ReportKind.SOFT, "5.2.2"),
        (resend("email.bounced", bounce={"type": "Transient", "subType": "General"}), ReportKind.SOFT, "4.0.0"),
        (resend("email.suppressed"), ReportKind.BOUNCED, "5.1.1"),
        (resend("email.sent", tags=[{"name": "delivery", "value": BOUNCE}]), ReportKind.DELIVERED, ""),
        (resend("email.sent", tags=None, headers=[{"name": "Delivery", "value": BOUNCE}]), ReportKind.DELIVERED, ""),
    ],
)
def test_what_is_told(event: Any, kind: ReportKind, status: str) -> None:
    for wrapped in [event] if "mail" not in event else [event, sns(event), bus(event)]:
        item = said(wrapped)
        assert isinstance(item, InboxItem)
        assert (item.report.kind, item.report.status) == (kind, status)
        assert (item.report.reader, item.report.campaign) == (ADA, 7)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (own("opened"), AsideReason.MALFORMED),
        ({"event": 5}, AsideReason.MALFORMED),
        ({"event": "delivered"}, AsideReason.NO_IDENTIFIER),
        ({"event": "delivered", "message_id": "<>", "token": " "}, AsideReason.NO_IDENTIFIER),
        (own("delivered", token=f"{BOUNCE[:-3]}000"), AsideReason.INVALID_TOKEN),
        (own("delivered", token=BOUNCE[:20]), AsideReason.INVALID_TOKEN),
        (own("delivered", token=["x"]), AsideReason.NO_IDENTIFIER),
        (ses("Open"), AsideReason.IRRELEVANT),
        (ses("Complaint", complaintFeedbackType="not-spam"), AsideReason.IRRELEVANT),
        (ses("Send", "another-mail"), AsideReason.NO_DELIVERY),
        (sns("Successfully validated SNS topic for Amazon SES event publishing."), AsideReason.IRRELEVANT),
        ({"Type": "SubscriptionConfirmation", "TopicArn": "x", "Message": "You have chosen"}, AsideReason.IRRELEVANT),
        (bus(None), AsideReason.IRRELEVANT),
        (bus({"mail": 5, "eventType": "Bounce"}), AsideReason.IRRELEVANT),
        (resend("email.opened"), AsideReason.IRRELEVANT),
        (resend("email.sent", tags={}), AsideReason.NO_DELIVERY),
        ({"type": "contact.created", "data": {}}, AsideReason.IRRELEVANT),
        ({}, AsideReason.MALFORMED),
        ([], AsideReason.MALFORMED),
        ("x", AsideReason.MALFORMED),
        (None, AsideReason.MALFORMED),
    ],
)
def test_what_tells_nothing(event: Any, reason: AsideReason) -> None:
    assert said(event) is reason


@pytest.mark.parametrize(
    "line", ["", "{", '{"event": "delivered"', "[" * 100_000, "\x00", "NaN", '{"event": "bounced"}x']
)
def test_what_is_no_json(line: str) -> None:
    assert read_event(line, TOKENS, NOW) is AsideReason.MALFORMED


def test_a_link_to_unsubscribe_names_the_reader() -> None:
    item = said(own("unsubscribed", token=LEAVE, at=NOW - 5))
    assert isinstance(item, InboxItem)
    assert (item.report.reader, item.report.campaign, item.at) == (ADA, 0, NOW - 5)


def test_without_tags_ses_names_the_delivery_by_return_path_or_headers() -> None:
    event = bounce()
    event["mail"] |= {"tags": {}, "source": f"bounces+{BOUNCE}@list.example"}
    item = said(event)
    assert isinstance(item, InboxItem)
    assert item.report.campaign == 7
    headers = [
        {"name": "List-Unsubscribe", "value": f"<https://x/u/{LEAVE}>"},
        {"name": "Message-ID", "value": "<A@b>"},
    ]
    event["mail"] |= {"source": "desk@list.example", "headers": headers}
    item = said(event)
    assert isinstance(item, InboxItem)
    assert (item.report.reader, item.report.campaign, item.report.message_id) == (ADA, 0, "a@b")


def test_the_same_event_has_the_same_mark_and_another_has_another() -> None:
    def mark(event: Any) -> str:
        item = said(event)
        assert isinstance(item, InboxItem)
        return item.event_id

    assert mark(sns(bounce())) == mark({**sns(bounce()), "Signature": "another"})
    assert mark(own("bounced", id="1")) == mark(own("bounced", id="1", at=5))
    assert mark(own("bounced", id="1")) != mark(own("delivered", id="1"))
    assert mark(own("bounced")) != mark(own("bounced", at=5))
    assert mark(resend("email.sent")) != mark(resend("email.delivered"))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (1_775_000_000, 1_775_000_000),
        (1_775_000_000.7, 1_775_000_000),
        ("2026-04-03T07:00:00Z", 1_775_199_600),
        ("2026-04-03T07:00:00.123Z", 1_775_199_600),
        ("2026-04-03 07:00:00.123 +00:00", 1_775_199_600),
        ("2026-04-03T08:00:00+01:00", 1_775_199_600),
        ("2026-04-03T07:00:00", 1_775_199_600),
        ("yesterday", 0),
        ("0001-01-01T00:00:00Z", 0),
        (-1, 0),
        (float("nan"), 0),
        (float("inf"), 0),
        (10**30, 0),
        (None, 0),
        ([], 0),
    ],
)
def test_times(written: Any, expected: int) -> None:
    assert seconds(written) == expected


_KEYS = st.sampled_from(
    [
        "event",
        "token",
        "key",
        "message_id",
        "status",
        "at",
        "id",
        "mail",
        "eventType",
        "notificationType",
        "tags",
        "delivery",
        "headers",
        "name",
        "value",
        "bounce",
        "bounceType",
        "bouncedRecipients",
        "source",
        "timestamp",
        "type",
        "data",
        "created_at",
        "detail",
        "detail-type",
        "Type",
        "TopicArn",
        "Message",
    ]
)
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from([BOUNCE, "Bounce", "email.sent"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=6),
    max_leaves=20,
)


@given(_JSON)
def test_no_json_raises(event: Any) -> None:
    item = said(event)
    assert isinstance(item, AsideReason) or item.report.reader in {ADA, ""}


@given(st.text())
def test_no_text_raises(line: str) -> None:
    assert isinstance(read_event(line, TOKENS, NOW), AsideReason)
