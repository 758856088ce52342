"""An import on its way into SQLite's list: others write in between, and it is whole whenever it matters."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from tests.conftest import REPOSITORY
from tests.delivery.subscribers_parts import SECRET, Desk

from briefing.delivery.store import membership
from briefing.delivery.store.backup.encryption import VARIABLE
from briefing.delivery.store.backup.restore import write_backup
from briefing.delivery.store.database import now
from briefing.delivery.store.database_errors import DatabaseError
from briefing.delivery.store.email_addresses import parse_address
from briefing.delivery.store.tables import SUBSCRIBERS, Membership
from briefing.delivery.store.unfinished_import import require_import_finished
from briefing.delivery.subscribers import commit, effects
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conftest import MakePublication

ROWS = 40
OWN = "address,name,state,since,source,text_version,joined,consented,paused_until,reader,hash,reason\n"


@pytest.fixture
def desk(publication: MakePublication) -> Desk:
    made = Desk(publication(), {"BRIEFING_SECRET": SECRET})
    made.ok("add", "before@example.org")
    made.file("list.csv", "email\n" + "".join(f"reader{number}@example.org\n" for number in range(ROWS)))
    return made


def left_over(desk: Desk) -> list[str]:
    return [file.name for file in (desk.root / ".briefing").glob("*.import-*")]


def stop_at(desk: Desk, monkeypatch: pytest.MonkeyPatch, chunk: int, error: type[BaseException]) -> None:
    """An import of which `chunk` times 10 rows get onto the list, as when a process is killed then."""
    done = 0

    def gap(_seconds: float) -> None:
        nonlocal done
        done += 1
        if done == chunk:
            raise error

    with monkeypatch.context() as patch:
        patch.setattr(commit, "_CHUNK", 10)
        patch.setattr(time, "sleep", gap)
        assert desk.run("import", "list.csv").returncode != 0


def test_others_write_between_any_two_steps(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """No step is longer than a chunk, and behind each the ledger is free: a writer who never waits gets through."""
    ledger = desk.root / ".briefing" / "ledger.sqlite3"
    waits: list[float] = []

    def gap(seconds: float) -> None:
        waits.append(seconds)
        with closing(sqlite3.connect(ledger, timeout=0)) as other:
            other.execute("INSERT INTO days VALUES (?, 1)", (f"day {len(waits)}",))
            other.commit()

    monkeypatch.setattr(commit, "_CHUNK", 10)
    monkeypatch.setattr(time, "sleep", gap)
    assert f"pending: {ROWS} new" in desk.ok("import", "list.csv")
    assert len(waits) == ROWS / 10
    assert min(waits) >= 0.03
    assert desk.states() == {"pending": ROWS + 1}
    assert left_over(desk) == []


def test_whoever_acts_between_two_steps_is_not_overruled(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """All forty join by the form while the first ten are being taken."""
    with desk.open() as database:

        def gap(_seconds: float) -> None:
            with database.writing() as connection:
                for number in range(ROWS):
                    mailbox = parse_address(f"reader{number}@example.org")
                    membership.join(connection, database.secret, mailbox, "form", now())

        monkeypatch.setattr(commit, "_CHUNK", 10)
        monkeypatch.setattr(time, "sleep", gap)
        done = desk.run("import", "list.csv")
        with database.reading() as connection:
            sources = list(connection.scalars(select(SUBSCRIBERS.c.source)))
    assert done.stderr.count("this reader changed here in the meantime") == ROWS - 10
    assert "pending: 10 new" in done.stdout
    assert (sources.count("form"), sources.count("import from own list")) == (ROWS - 10, 10)


@pytest.mark.parametrize(
    "finisher", [("tidy",), ("add", "after@example.org"), ("import", "list.csv"), ("backup", "b.age")]
)
def test_a_stopped_import_is_finished_by_the_next_command(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, finisher: Sequence[str]
) -> None:
    stop_at(desk, monkeypatch, 2, KeyboardInterrupt)
    assert desk.states() == {"pending": 21}
    assert "only part of it is on the list" in desk.run("show").stderr
    done = desk.run(*finisher, **{VARIABLE: "correct horse battery"})
    assert done.returncode == 0
    assert "completed the interrupted import" in done.stderr
    assert desk.states()["pending"] in {ROWS + 1, ROWS + 2}
    assert left_over(desk) == []
    assert "import" not in desk.run("show").stderr


def test_a_stop_before_the_first_row_changes_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        msg = "no room"
        raise DatabaseError(msg)

    with monkeypatch.context() as patch:
        patch.setattr(effects, "insert_from", fail)
        patch.setattr(commit, "apply", fail)
        assert desk.run("import", "list.csv").returncode == 1
    assert desk.states() == {"pending": 1}
    assert left_over(desk) == []
    assert desk.run("show").stderr == ""


def test_while_a_part_is_there_no_issue_is_opened_and_no_backup_made(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stop_at(desk, monkeypatch, 1, KeyboardInterrupt)
    target = tmp_path_factory.mktemp("backup") / "b.age"
    with desk.open() as database:
        with database.reading() as connection, pytest.raises(BriefingError, match="an import is still running"):
            require_import_finished(connection)
        with target.open("wb") as out, pytest.raises(BriefingError, match="an import is still running"):
            write_backup(database, out, "correct horse battery", now(), lambda _rows: None)
    assert target.read_bytes() == b""


def test_rows_of_one_mailbox_go_together(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaving wins: nobody is on the list between a row that adds them and the one that takes them off."""
    rows = "".join(
        f"reader{number}@example.org,,{state},,,,,,,,,\n"
        for number in range(5)
        for state in ("confirmed", "unsubscribed")
    )
    seen: list[int] = []
    ledger = desk.root / ".briefing" / "ledger.sqlite3"

    def gap(_seconds: float) -> None:
        with closing(sqlite3.connect(ledger)) as other:
            seen.append(other.execute("SELECT count(*) FROM subscribers WHERE state = 'confirmed'").fetchone()[0])

    monkeypatch.setattr(commit, "_CHUNK", 3)
    monkeypatch.setattr(time, "sleep", gap)
    desk.ok("import", desk.file("own.csv", OWN + rows))
    assert seen
    assert set(seen) == {0}
    assert desk.states() == {"pending": 1, "unsubscribed": 5}


def test_identifiers_of_a_list_are_kept_and_new_ones_stay_unlike(desk: Desk) -> None:
    given = "abcdefghijkmnpqr"
    desk.ok("import", desk.file("own.csv", OWN + f"kept@example.org,,,,,,,,,{given},,\n"), "list.csv")
    assert desk.show("kept@example.org")["reader"] == given
    with desk.open() as database, database.reading() as connection:
        readers = list(connection.scalars(select(SUBSCRIBERS.c.reader).order_by(SUBSCRIBERS.c.address)))
    assert len(set(readers)) == ROWS + 2
    assert readers != sorted(readers), "by address they tell nothing"


def test_killed_at_any_step_it_is_whole_in_the_end(desk: Desk) -> None:
    code = (
        "import sys; from briefing.delivery.subscribers import commit; commit._CHUNK = 5; commit._GAP = 0.2;"
        "from briefing.commands.app import main; sys.exit(main(sys.argv[2:], sys.argv[1]))"
    )
    environment = {"PYTHONPATH": str(REPOSITORY / "plugins"), "PATH": "/usr/bin", **desk.environment}
    argv = [sys.executable, "-c", code, str(desk.root), "subscribers", "import", str(desk.root / "list.csv")]
    ledger = desk.root / ".briefing" / "ledger.sqlite3"
    process = subprocess.Popen(argv, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    with closing(sqlite3.connect(ledger)) as other:
        while other.execute("SELECT count(*) FROM subscribers").fetchone()[0] == 1:
            assert process.poll() is None
            time.sleep(0.01)
    process.kill()
    process.wait()
    assert 1 < desk.states()["pending"] < ROWS + 1
    assert len(left_over(desk)) == 1
    assert desk.ok("tidy")
    assert desk.states() == {"pending": ROWS + 1}
    assert left_over(desk) == []


def test_what_a_killed_import_left_before_its_decision_is_thrown_away(desk: Desk) -> None:
    stray = desk.root / ".briefing" / "ledger.sqlite3.import-00"
    stray.write_bytes(b"half")
    desk.ok("import", "list.csv")
    assert left_over(desk) == []


def test_a_lost_file_is_said_and_not_waited_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_at(desk, monkeypatch, 1, KeyboardInterrupt)
    (name,) = left_over(desk)
    (desk.root / ".briefing" / name).unlink()
    done = desk.run("tidy")
    assert (done.returncode, "with the rest of an import is missing" in done.stderr) == (1, True)
    desk.ok("tidy")
    desk.ok("import", "list.csv")
    assert desk.states() == {"pending": ROWS + 1}


def test_postgresql_lets_others_join_while_it_takes_all(
    publication: MakePublication, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of its transaction another joins, and a third leaves; neither waits."""
    desk = Desk(publication(), {"BRIEFING_SECRET": SECRET, "BRIEFING_DATABASE_URL": postgresql_url})
    desk.ok("add", "known@example.org", "--confirmed")
    desk.file("list.csv", "email\nnew@example.org\nraced@example.org\n")
    real = effects.skip_changed
    with desk.open() as database:

        def between(*args: object) -> None:
            real(*args)  # type: ignore[arg-type]
            with database.writing() as connection:
                connection.exec_driver_sql("SET LOCAL lock_timeout = '1s'")
                secret = database.secret
                membership.join(connection, secret, parse_address("other@example.org"), "form", now())
                membership.join(connection, secret, parse_address("raced@example.org"), "form", now())
                known = membership.by_address(connection, secret, parse_address("known@example.org"))
                assert known
                membership.end_subscription(connection, known.reader, Membership.UNSUBSCRIBED, now())

        monkeypatch.setattr(commit, "skip_changed", between)
        done = desk.run("import", "list.csv")
    assert done.returncode == 0, done.stderr
    assert "list.csv:3: this reader changed here in the meantime" in done.stderr
    assert "pending: 1 new" in done.stdout
    assert desk.states() == {"pending": 3, "unsubscribed": 1}
