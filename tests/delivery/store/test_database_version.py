"""A ledger that this program cannot use is refused with what to do, and stays as it is."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

import pytest
from tests.delivery import inbox_parts as parts
from tests.delivery.here import run_here

from briefing import settings
from briefing.delivery.store import database as databases
from briefing.delivery.store import migrations
from briefing.delivery.store.database_errors import DatabaseError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakePublication

ENVIRONMENT = {"BRIEFING_SECRET": parts.SECRET, "CI": ""}


@pytest.fixture
def ledger(publication: MakePublication) -> Path:
    """A ledger with a reader; the publication is the folder above its own."""
    known = settings.load(publication(settings=parts.SETTINGS))
    with contextlib.closing(databases.open_database(known, ENVIRONMENT)) as database:
        parts.list_of(known, database).add()
    return known.private / databases.FILE


def change(ledger: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(ledger)) as connection:
        connection.execute(statement)
        connection.commit()


def content(ledger: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(ledger)) as connection:
        return list(connection.iterdump())


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE meta SET value = '0' WHERE name = 'version'", "has version 0, too old for this program"),
        ("UPDATE meta SET value = '2' WHERE name = 'version'", "has version 2, from a newer version"),
        ("UPDATE meta SET value = 'new' WHERE name = 'version'", "has tables without a version"),
        ("UPDATE meta SET value = '-1' WHERE name = 'version'", "has tables without a version"),
        ("DELETE FROM meta WHERE name = 'version'", "has tables without a version"),
        ("DROP TABLE meta", "has tables without a version"),
    ],
)
def test_a_ledger_of_another_version_is_refused_and_left_alone(ledger: Path, statement: str, said: str) -> None:
    change(ledger, statement)
    before = content(ledger)
    done = run_here(ledger.parent.parent, "status", **ENVIRONMENT)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert said in done.stderr
    assert content(ledger) == before


def test_a_step_that_is_missing_among_those_there_are(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "MIGRATIONS", {3: lambda _connection: None})
    with pytest.raises(DatabaseError, match=r"has version 1, too old .* needs version 3"):
        databases.open_database(settings.load(ledger.parent.parent), ENVIRONMENT)


def test_steps_are_taken_in_order(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    monkeypatch.setattr(migrations, "MIGRATIONS", {3: lambda _: taken.append(3), 2: lambda _: taken.append(2)})
    databases.open_database(settings.load(ledger.parent.parent), ENVIRONMENT).close()
    assert taken == [2, 3]
    databases.open_database(settings.load(ledger.parent.parent), ENVIRONMENT).close()
    assert taken == [2, 3]
