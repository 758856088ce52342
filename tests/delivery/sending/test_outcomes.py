"""What a transport's word makes of a delivery, and how many messages may go: the pure parts, and the limits' tables."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefing import settings
from briefing.delivery.sending import limits
from briefing.delivery.sending.limits import Limits
from briefing.delivery.sending.outcomes import LATEST, SOONEST, DeliveryClaim, change
from briefing.delivery.sending.transports.contract import Outcome, Verdict
from briefing.delivery.store.database import open_database
from briefing.delivery.store.tables import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import MakePublication

    from briefing.delivery.store.database import Database

NOW = 1_800_000_000
HOUR = 3600
CLAIM = DeliveryClaim(1, "reader", "a@b.example", "b.example", attempts=0, first_at=0)
UTC = ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict.SENT, DeliveryState.SENT),
        (Verdict.DEFERRED, DeliveryState.DEFERRED),
        (Verdict.DEAD, DeliveryState.DEAD),
        (Verdict.UNKNOWN, DeliveryState.UNKNOWN),
        (Verdict.RETURNED, DeliveryState.PENDING),
    ],
)
def test_each_verdict_has_its_state(verdict: Verdict, state: DeliveryState) -> None:
    changed = change(CLAIM, Outcome(verdict, "4.2.0"), NOW, 36 * HOUR, 0.5)
    assert (changed.state, changed.attempts, changed.first_at) == (state, 1, NOW)


@given(st.integers(0, 40), st.floats(0, 1, exclude_max=True), st.floats(0, 100))
def test_a_refused_delivery_waits_five_minutes_to_four_hours(attempts: int, chance: float, asked: float) -> None:
    claim = DeliveryClaim(1, "reader", "a@b.example", "b.example", attempts, NOW - HOUR)
    changed = change(claim, Outcome(Verdict.DEFERRED, "4.2.0", wait=asked), NOW, 36 * HOUR, chance)
    assert NOW + SOONEST <= changed.due <= NOW + LATEST


def test_who_is_refused_for_too_long_is_dead() -> None:
    claim = DeliveryClaim(1, "reader", "a@b.example", "b.example", 9, NOW - 36 * HOUR)
    assert change(claim, Outcome(Verdict.DEFERRED, "4.2.0"), NOW, 36 * HOUR, 0.5).state is DeliveryState.DEAD
    assert change(claim, Outcome(Verdict.DEFERRED, "4.2.0"), NOW - 1, 36 * HOUR, 0.5).state is DeliveryState.DEFERRED


def test_a_delivery_that_always_comes_back_counts_as_refused() -> None:
    claim = CLAIM
    states = []
    for _ in range(5):
        changed = change(claim, Outcome(Verdict.RETURNED, "dropped"), NOW, 36 * HOUR, 0.5)
        states.append(changed.state)
        claim = DeliveryClaim(1, "reader", "a@b.example", "b.example", changed.attempts, changed.first_at)
    assert states == [*4 * [DeliveryState.PENDING], DeliveryState.DEFERRED]


def test_a_refusal_of_us_costs_the_reader_no_attempt() -> None:
    changed = change(CLAIM, Outcome(Verdict.RETURNED, "5.7.1", refusal="no"), NOW, 36 * HOUR, 0.5)
    assert (changed.state, changed.attempts, changed.first_at) == (DeliveryState.PENDING, 0, 0)


@pytest.fixture
def database(publication: MakePublication) -> Iterator[Database]:
    opened = open_database(settings.load(publication()), {})
    yield opened
    opened.close()


def granted(database: Database, limited: Limits, wanted: int, clock: float) -> limits.Grant:
    with database.writing() as connection:
        return limits.grant(connection, limited, wanted, clock)


@pytest.mark.parametrize("per_second", [0.5, 3, 50])
def test_the_rate_is_kept_over_a_minute_and_in_every_second(database: Database, per_second: float) -> None:
    limited = Limits(per_second, {}, (), UTC)
    sent: list[float] = []
    clock = float(NOW)
    while clock < NOW + 60:
        got = granted(database, limited, 5, clock)
        sent += got.count * [clock]
        assert got.count == 5 or got.again_at > clock
        clock = clock if got.count == 5 else got.again_at
    burst = max(per_second, 1)
    assert 60 * per_second - burst <= len(sent) <= 60 * per_second + burst + 1
    for start in sent[:: max(len(sent) // 20, 1)]:
        assert sum(start <= time < start + 1 for time in sent) <= 2 * burst + 1


def test_what_is_not_used_is_given_back(database: Database) -> None:
    limited = Limits(10, {}, (), UTC)
    assert granted(database, limited, 50, NOW).count == 10
    assert granted(database, limited, 50, NOW).count == 0
    with database.writing() as connection:
        limits.give_back(connection, limited, 4)
    assert granted(database, limited, 50, NOW).count == 4


def test_a_clock_set_back_stops_nothing(database: Database) -> None:
    limited = Limits(10, {}, (), UTC)
    granted(database, limited, 10, NOW)
    with database.writing() as connection:
        limits.reset_slots(connection, NOW - 100 * 24 * HOUR)
    assert granted(database, limited, 10, NOW - 100 * 24 * HOUR).count == 10


def test_a_domain_has_its_own_line(database: Database) -> None:
    limited = Limits(0, {"b.example": 0.5}, (), UTC)
    with database.writing() as connection:
        slots = [limits.slot(connection, limited, "b.example", NOW) for _ in range(3)]
        assert limits.slot(connection, limited, "other.example", NOW) == NOW
    assert slots == [NOW, NOW + 2, NOW + 4]


def test_a_new_sender_begins_slowly(database: Database) -> None:
    limited = Limits(0, {}, (2, 4), ZoneInfo("Europe/London"))
    day = 24 * HOUR
    counts = []
    for number in range(3):
        clock = NOW + number * day
        got = granted(database, limited, 10, clock)
        with database.writing() as connection:
            limits.count_day(connection, limited, got.count, clock)
        counts.append(got.count)
        if got.count < 10:
            assert got.is_day
            tomorrow = dt.datetime.fromtimestamp(got.again_at, ZoneInfo("Europe/London"))
            assert (tomorrow.hour, tomorrow.minute) == (0, 0)
            assert clock < got.again_at <= clock + day
    assert counts == [2, 4, 10]
    assert granted(database, limited, 10, NOW + day).count == 0  # the second day's share is used up
