"""One reader by hand; how long what is known is kept; who is asked again."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, insert, select, update
from tests.delivery.subscribers_parts import SECRET, Desk

from briefing import settings
from briefing.delivery.store import retention
from briefing.delivery.store.database import now
from briefing.delivery.store.tables import (
    CAMPAIGNS,
    DELIVERIES,
    EVENTS,
    NOTIFICATIONS,
    SUBSCRIBERS,
    SUPPRESSIONS,
    DeliveryState,
)

if TYPE_CHECKING:
    from sqlalchemy import Table
    from tests.conftest import MakePublication

    from briefing.delivery.store.database import Database

DAY = 86_400


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, publication: MakePublication) -> Desk:
    """An empty list, where a list server is."""
    environment = {"BRIEFING_SECRET": SECRET}
    if request.param == "postgresql":
        environment["BRIEFING_DATABASE_URL"] = request.getfixturevalue("postgresql_url")
    served = '\nBRIEFING["delivery"] = {"listserver": "https://list.example.org"}\n'
    return Desk(publication(settings=served), environment)


def count(database: Database, table: Table) -> int:
    """How many rows a table has."""
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_reader_is_added_and_confirmed(desk: Desk) -> None:
    said = desk.ok("add", "Ada@Example.org", "--source", "a fair")
    reader = re.fullmatch(r"([a-z2-9]{16}): pending\n", said)
    assert reader
    assert desk.ok("add", "ada@example.org", "--confirmed", "--source", "by telephone").endswith(": confirmed\n")
    shown = desk.show(reader[1])
    assert (shown["state"], shown["source"], shown["address"]) == ("confirmed", "by telephone", "A***@e***.org")
    assert shown["consented_at"]
    bad = desk.run("add", "a@@example.org")
    assert bad.returncode == 1
    assert "more than one @" in bad.stderr


def test_a_removal_holds_until_it_is_taken_back(desk: Desk) -> None:
    desk.ok("add", "a@example.org", "--confirmed")
    assert desk.ok("remove", "A@example.org") == "removed\n"
    assert desk.show()["mailed"] == 0
    assert desk.show("a@example.org")["suppressed"] == "removed"
    assert (
        "was removed with `subscribers remove`"
        in desk.run("import", desk.file("l.csv", "email\na@example.org\n")).stderr
    )
    desk.ok("add", "a@example.org")
    assert desk.show()["mailed"] == 1
    assert desk.ok("remove", "nobody@example.org") == "not on the list; suppressed anyway\n"
    assert desk.show("nobody@example.org") == {"reader": "", "suppressed": "removed"}


def test_who_left_cannot_be_added_by_the_desk(desk: Desk) -> None:
    desk.ok("import", desk.file("l.csv", "email,state\na@example.org,unsubscribed\n"))
    for _ in range(2):
        done = desk.run("add", "a@example.org", "--confirmed")
        assert done.returncode == 1
        assert "unsubscribed; only the reader can come back" in done.stderr
        desk.ok("remove", "a@example.org")  # nor by way of a removal


def test_a_reader_is_forgotten(desk: Desk) -> None:
    desk.ok("add", "a@example.org", "--confirmed")
    assert desk.ok("forget", "a@EXAMPLE.org") == "erased\n"
    assert desk.show()["states"]["confirmed"] == 0
    assert desk.show("a@example.org") == {"reader": "", "suppressed": "erased"}
    assert desk.run("add", "a@example.org").returncode == 1
    assert desk.run("show", "b@example.org").returncode == 1
    assert desk.run("show", "a" * 16).returncode == 1
    assert desk.ok("forget", "a@example.org").startswith("nothing was known")


def test_counts_on_lines(desk: Desk) -> None:
    desk.ok("add", "a@example.org", "--confirmed")
    assert desk.ok("show").splitlines()[:3] == ["mailed: 1", "states pending: 0", "states confirmed: 1"]


def test_what_is_old_is_forgotten(desk: Desk) -> None:
    desk.ok("import", desk.file("l.csv", "email\nold@example.org\nnew@example.org\nin@example.org\nb@example.org\n"))
    desk.ok("add", "b@example.org", "--confirmed")
    publication, time = settings.load(desk.root), now()
    with desk.open() as database:
        with database.writing() as connection:
            ids = {row.address[0]: row.id for row in connection.execute(select(SUBSCRIBERS))}
            old = SUBSCRIBERS.c.address.in_(["old@example.org", "in@example.org", "b@example.org"])
            connection.execute(update(SUBSCRIBERS).where(old).values(state_at=time - 31 * DAY))
            campaign = {"fingerprint": "", "transport": "", "keeps": "bytes", "content": b"x", "recipients": 3}
            campaign |= {"opened_at": 1, "stories": "[]"} if "stories" in CAMPAIGNS.c else {"opened_at": 1}
            for number, finished in enumerate((0, time - 181 * DAY, time - 179 * DAY), 1):
                connection.execute(
                    insert(CAMPAIGNS).values(id=number, issue=f"w{number}", finished_at=finished, **campaign)
                )
                states = (
                    (DeliveryState.SENT, DeliveryState.SENT, DeliveryState.UNKNOWN)
                    if finished
                    else (DeliveryState.SENT, DeliveryState.PENDING, DeliveryState.PENDING)
                )
                rows = zip((ids["i"], ids["b"], 999), states, strict=True)
                connection.execute(
                    insert(DELIVERIES), [{"campaign": number, "subscriber": who, "state": state} for who, state in rows]
                )
            connection.execute(insert(EVENTS), [{"id": "old", "at": 1}, {"id": "new", "at": time}])
            connection.execute(insert(NOTIFICATIONS).values(kind="confirm", reader="x", at=1, due=1))
        assert retention.tidy(database, publication, time) == retention.DeletedCounts(
            pending=1, deliveries=3, campaigns=1
        )
        assert not retention.tidy(database, publication, time)
        with database.reading() as connection:
            addresses = set(connection.scalars(select(SUBSCRIBERS.c.address)))
            counts = dict.fromkeys(DeliveryState, 0) | {DeliveryState.SENT: 2, DeliveryState.UNKNOWN: 1}
            kept = connection.execute(select(CAMPAIGNS.c.counts).order_by(CAMPAIGNS.c.id)).scalars().all()
        assert addresses == {"new@example.org", "in@example.org", "b@example.org"}, "who is in an open campaign stays"
        assert [json.loads(text) if text else "" for text in kept] == ["", counts, ""]
        assert (count(database, DELIVERIES), count(database, EVENTS), count(database, SUPPRESSIONS)) == (6, 1, 0)
    assert desk.ok("tidy").startswith("deleted 0 unconfirmed subscribers\n")
