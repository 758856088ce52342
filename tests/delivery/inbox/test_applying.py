"""What follows from a report, for reader and delivery, on both databases."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select
from tests.delivery import inbox_parts as parts

from briefing import settings
from briefing.delivery.inbox.applying import ReportProcessor, delete_old_events
from briefing.delivery.inbox.reports import AsideReason, InboxItem, Report, ReportKind
from briefing.delivery.store import membership
from briefing.delivery.store.database import open_database
from briefing.delivery.store.email_addresses import parse_address
from briefing.delivery.store.tables import EVENTS, DeliveryState, Membership
from briefing.digest.identifiers import reader_message_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import MakePublication

NOW = parts.THEN + 1_000


@pytest.fixture(params=["sqlite", "postgresql"])
def mailing(request: pytest.FixtureRequest, publication: MakePublication) -> Iterator[parts.List]:
    environment = {"BRIEFING_SECRET": parts.SECRET}
    if request.param == "postgresql":
        environment["BRIEFING_DATABASE_URL"] = request.getfixturevalue("postgresql_url")
    known = settings.load(publication(settings=parts.SETTINGS))
    database = open_database(known, environment)
    yield parts.list_of(known, database)
    database.close()


def follow(mailing: parts.List, report: Report, at: int = NOW, event_id: str = "") -> Counter[str] | AsideReason:
    applying = ReportProcessor(mailing.database.secret, "example.org", NOW)
    with mailing.database.writing() as connection:
        return applying.apply(connection, InboxItem(event_id or repr(report), report, at))


@pytest.mark.parametrize(
    ("kind", "status", "before", "reader", "after"),
    [
        (ReportKind.BOUNCED, "5.1.1", DeliveryState.SENT, Membership.BOUNCED, DeliveryState.DEAD),
        (ReportKind.BOUNCED, "5.1.1", DeliveryState.UNKNOWN, Membership.BOUNCED, DeliveryState.DEAD),
        (ReportKind.BOUNCED, "5.1.1", DeliveryState.DEFERRED, Membership.BOUNCED, DeliveryState.DEAD),
        (ReportKind.BOUNCED, "5.1.1", DeliveryState.INFLIGHT, Membership.BOUNCED, DeliveryState.DEAD),
        (ReportKind.REFUSED, "5.7.1", DeliveryState.SENT, Membership.CONFIRMED, DeliveryState.DEAD),
        (ReportKind.REFUSED, "5.7.1", DeliveryState.UNKNOWN, Membership.CONFIRMED, DeliveryState.DEAD),
        (ReportKind.SOFT, "4.2.2", DeliveryState.SENT, Membership.CONFIRMED, DeliveryState.SENT),
        (ReportKind.SOFT, "4.2.2", DeliveryState.UNKNOWN, Membership.CONFIRMED, DeliveryState.SENT),
        (ReportKind.SOFT, "4.2.2", DeliveryState.DEAD, Membership.CONFIRMED, DeliveryState.DEAD),
        (ReportKind.DELAYED, "4.4.1", DeliveryState.UNKNOWN, Membership.CONFIRMED, DeliveryState.SENT),
        (ReportKind.DELIVERED, "", DeliveryState.UNKNOWN, Membership.CONFIRMED, DeliveryState.SENT),
        (ReportKind.DELIVERED, "", DeliveryState.INFLIGHT, Membership.CONFIRMED, DeliveryState.SENT),
        (ReportKind.DELIVERED, "", DeliveryState.DEAD, Membership.CONFIRMED, DeliveryState.DEAD),
        (ReportKind.DELIVERED, "", DeliveryState.SUPPRESSED, Membership.CONFIRMED, DeliveryState.SUPPRESSED),
        (ReportKind.COMPLAINED, "", DeliveryState.UNKNOWN, Membership.COMPLAINED, DeliveryState.SENT),
        (ReportKind.UNSUBSCRIBED, "", DeliveryState.UNKNOWN, Membership.UNSUBSCRIBED, DeliveryState.UNKNOWN),
    ],
)
def test_what_follows(
    mailing: parts.List, kind: ReportKind, status: str, before: DeliveryState, reader: str, after: DeliveryState
) -> None:
    ada = mailing.add()
    mailing.deliver(ada, 1, before)
    done = follow(mailing, Report(kind, ada, 1, status))
    is_resolved = before is DeliveryState.UNKNOWN and after is not DeliveryState.UNKNOWN
    assert done == Counter([str(kind)]) + Counter(["resolved"] * is_resolved)
    assert (mailing.state(ada), mailing.delivery(ada)[0]) == (reader, after)
    if before is not after or (kind is ReportKind.SOFT and after is DeliveryState.SENT):
        assert mailing.delivery(ada)[1] == status
    with mailing.database.reading() as connection:
        known = membership.by_reader(connection, ada)
        assert known
        assert bool(membership.suppression(connection, known.hash)) == (reader != Membership.CONFIRMED)


def test_the_same_again_changes_nothing(mailing: parts.List) -> None:
    ada = mailing.add()
    mailing.deliver(ada)
    bounce = Report(ReportKind.BOUNCED, ada, 1, "5.1.1")
    assert follow(mailing, bounce) == {"bounced": 1}
    with mailing.database.writing() as connection:
        membership.confirm(connection, ada, "2", NOW + 5, NOW + 5)
    assert follow(mailing, bounce) == {"again": 1}
    assert mailing.state(ada) is Membership.CONFIRMED


def test_what_is_not_kept_can_be_taken_in_later(mailing: parts.List) -> None:
    ada = mailing.add()
    applying = ReportProcessor(mailing.database.secret, "example.org", NOW)
    with mailing.database.writing() as connection:
        applying.apply(connection, InboxItem("m", Report(ReportKind.COMPLAINED, ada), NOW))
        connection.rollback()
    assert mailing.state(ada) is Membership.CONFIRMED
    assert follow(mailing, Report(ReportKind.COMPLAINED, ada), event_id="m") == {"complained": 1}


def test_what_is_older_than_the_last_confirmation_takes_nobody_off_the_list(mailing: parts.List) -> None:
    ada = mailing.add()
    mailing.deliver(ada)  # handed over at THEN + 10
    with mailing.database.writing() as connection:
        membership.end_subscription(connection, ada, Membership.UNSUBSCRIBED, parts.THEN + 20)
        membership.confirm(connection, ada, "2", parts.THEN + 30, parts.THEN + 30)
    assert follow(mailing, Report(ReportKind.UNSUBSCRIBED, ada), at=parts.THEN + 25) == {"outdated": 1}
    assert follow(mailing, Report(ReportKind.BOUNCED, ada, 1, "5.1.1"), at=parts.THEN + 40) == {"outdated": 1}
    assert (mailing.state(ada), mailing.delivery(ada)[0]) == (Membership.CONFIRMED, DeliveryState.DEAD)
    assert follow(mailing, Report(ReportKind.UNSUBSCRIBED, ada), at=parts.THEN + 29, event_id="l") == {"outdated": 1}
    # In the same second leaving wins.
    assert follow(mailing, Report(ReportKind.UNSUBSCRIBED, ada), at=parts.THEN + 30, event_id="m") == {
        "unsubscribed": 1
    }


def test_who_left_before_they_asked_to_come_back_may_confirm_though_it_is_taken_in_late(mailing: parts.List) -> None:
    ada = mailing.add()
    follow(mailing, Report(ReportKind.UNSUBSCRIBED, ada), at=parts.THEN + 20)
    with mailing.database.writing() as connection:
        assert membership.confirm(connection, ada, "2", parts.THEN + 30, NOW)


@pytest.mark.parametrize("at", [-5, 0, 10**12])
def test_no_time_is_believed_that_cannot_be(mailing: parts.List, at: int) -> None:
    ada = mailing.add()
    follow(mailing, Report(ReportKind.UNSUBSCRIBED, ada), at=at)
    with mailing.database.reading() as connection:
        known = membership.by_reader(connection, ada)
    assert known
    assert parts.THEN <= known.state_at <= NOW


@pytest.mark.parametrize("others", [{"mild": "5.7.1"}, {"mild": ""}, {"mild": "250"}])
def test_three_soft_bounces_in_a_row_are_a_bounce(mailing: parts.List, others: dict[str, str]) -> None:
    ada = mailing.add()
    for campaign in (1, 2, 3):
        mailing.deliver(ada, campaign)
        done = follow(mailing, Report(ReportKind.SOFT, ada, campaign, "4.2.2"))
        assert done == Counter(["soft"] + ["bounced"] * (campaign == 3))
        assert follow(mailing, Report(ReportKind.SOFT, ada, campaign, "4.2.2"), event_id=f"more {campaign}")
    assert mailing.state(ada) is Membership.BOUNCED
    ben = mailing.add("ben@readers.example")
    for campaign, status in ((1, "4.2.2"), (2, others["mild"]), (3, "4.2.2")):
        mailing.deliver(ben, campaign)
        if status:
            kind = ReportKind.SOFT if status.startswith("4") else ReportKind.REFUSED
            follow(mailing, Report(kind, ben, campaign, status))
    assert mailing.state(ben) is Membership.CONFIRMED


def move(mailing: parts.List, reader: str, at: int) -> None:
    with mailing.database.writing() as connection:
        assert membership.change_address(
            connection, mailing.database.secret, reader, parse_address("ada@new.example"), at
        )


@pytest.mark.parametrize(
    ("kind", "campaign", "at", "address_changed_at", "counted", "state"),
    [
        (ReportKind.BOUNCED, 1, 900, 500, "outdated", Membership.CONFIRMED),  # handed over at 10, to the old address
        (ReportKind.BOUNCED, 1, 900, 10, "outdated", Membership.CONFIRMED),  # in the same second: in doubt
        (ReportKind.BOUNCED, 1, 900, 9, "bounced", Membership.BOUNCED),
        (
            ReportKind.BOUNCED,
            0,
            499,
            500,
            "outdated",
            Membership.CONFIRMED,
        ),  # of a letter: nobody knows when it was sent
        (ReportKind.BOUNCED, 0, 501, 500, "bounced", Membership.BOUNCED),
        (ReportKind.UNSUBSCRIBED, 1, 900, 500, "unsubscribed", Membership.UNSUBSCRIBED),
        (ReportKind.COMPLAINED, 1, 900, 500, "complained", Membership.COMPLAINED),
    ],
)
def test_a_bounce_of_the_address_before_is_not_held_against_this_one(
    mailing: parts.List,
    kind: ReportKind,
    campaign: int,
    at: int,
    address_changed_at: int,
    counted: str,
    state: Membership,
) -> None:
    ada = mailing.add()
    mailing.deliver(ada)
    move(mailing, ada, parts.THEN + address_changed_at)
    assert follow(mailing, Report(kind, ada, campaign, "5.1.1"), at=parts.THEN + at) == {counted: 1}
    assert mailing.state(ada) is state


def test_soft_bounces_of_the_address_before_do_not_count(mailing: parts.List) -> None:
    ada = mailing.add()
    for campaign in (1, 2, 3, 4, 5):
        if campaign == 3:
            move(mailing, ada, parts.THEN + 20)
        mailing.deliver(ada, campaign, at=parts.THEN + 10 * campaign)
        assert follow(mailing, Report(ReportKind.SOFT, ada, campaign, "4.2.2")) == Counter(
            ["soft"] + ["bounced"] * (campaign == 5)
        )
    assert mailing.state(ada) is Membership.BOUNCED


def test_a_reader_is_found_by_the_address_they_write_from(mailing: parts.List) -> None:
    ada = mailing.add()
    assert follow(mailing, Report(ReportKind.UNSUBSCRIBED, address="eve@readers.example")) is AsideReason.UNKNOWN_SENDER
    assert follow(mailing, Report(ReportKind.UNSUBSCRIBED, address="ADA@readers.example")) == {"unsubscribed": 1}
    assert mailing.state(ada) is Membership.UNSUBSCRIBED


def test_a_message_id_is_evidence_for_a_delivery_in_doubt_only(mailing: parts.List) -> None:
    ada, ben = mailing.add(), mailing.add("ben@readers.example")
    mailing.deliver(ada, 1, DeliveryState.UNKNOWN)
    mailing.deliver(ben, 1, DeliveryState.SENT)
    key = mailing.database.secret.key("message-id")
    ids = [reader_message_id(key, "2026-w01", reader, "example.org").strip("<>") for reader in (ada, ben)]
    assert follow(mailing, Report(ReportKind.DELIVERED, message_id=ids[0])) == {"delivered": 1, "resolved": 1}
    assert mailing.delivery(ada)[0] == DeliveryState.SENT
    assert follow(mailing, Report(ReportKind.DELIVERED, message_id=ids[1])) is AsideReason.NOT_IN_DOUBT


def test_who_has_been_forgotten_is_nobody(mailing: parts.List) -> None:
    ada = mailing.add()
    with mailing.database.writing() as connection:
        known = membership.by_reader(connection, ada)
        assert known
        membership.erase(connection, known.hash, NOW)
    assert follow(mailing, Report(ReportKind.BOUNCED, ada, 1, "5.1.1")) == {"nobody": 1}


def test_a_bounce_of_a_mail_that_is_no_campaigns_is_the_readers(mailing: parts.List) -> None:
    ada = mailing.add()
    assert follow(mailing, Report(ReportKind.BOUNCED, ada, 0, "5.1.1")) == {"bounced": 1}
    assert follow(mailing, Report(ReportKind.BOUNCED, mailing.add("b@x.example"), 99, "5.1.1")) == {"bounced": 1}
    assert mailing.state(ada) is Membership.BOUNCED


def test_marks_are_forgotten_in_time(mailing: parts.List) -> None:
    ada = mailing.add()
    follow(mailing, Report(ReportKind.UNSUBSCRIBED, ada))
    for before, left in ((NOW, 1), (NOW + 1, 0)):
        with mailing.database.writing() as connection:
            delete_old_events(connection, before)
            assert connection.execute(select(func.count()).select_from(EVENTS)).scalar() == left


def test_no_report_shows_an_address() -> None:
    report: Any = Report(ReportKind.UNSUBSCRIBED, address=parts.READER)
    assert parts.READER not in repr(report)
    assert dataclasses.replace(report, reader="x").address == parts.READER
