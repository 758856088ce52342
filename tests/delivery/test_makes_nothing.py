"""What only reads, and every dry run, leaves no trace: no secret, no ledger, no folder, no table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, inspect
from tests.delivery.here import run_here
from tests.delivery.subscribers_parts import SECRET, Desk

from briefing.delivery.store.database import find_database
from briefing.delivery.store.database_errors import DatabaseError
from briefing.settings import load

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakePublication

ENVIRONMENT = {"BRIEFING_BACKUP_PASSPHRASE": "correct horse battery", "BRIEFING_DATABASE_URL": "", "CI": ""}
VIA = ("--via", "file:.briefing/maildir")
COMMANDS = [
    ("subscribers", "import", "list.csv", "--dry-run"),
    ("subscribers", "export"),
    ("subscribers", "show"),
    ("subscribers", "show", "ada@example.org"),
    ("subscribers", "backup", "safe.age"),
    ("status",),
    ("status", "2026-w14", "--json"),
    ("send", "2026-w14", "--dry-run", *VIA),
    ("inbox", "--from", "jsonl:events.jsonl", "--dry-run"),
    ("inbox", "--from", "jsonl:events/", "--dry-run"),
]


def ready(root: Path) -> Path:
    (root / "list.csv").write_text("email\nada@example.org\n")
    (root / "events.jsonl").write_text("")
    (root / "events").mkdir()
    settings = (root / "pelicanconf.py").read_text()
    listserver = 'BRIEFING["delivery"] = {"listserver": "https://list.example.org"}\n'
    (root / "pelicanconf.py").write_text(settings + listserver)
    return root


def files(root: Path) -> list[str]:
    found = [path for path in root.rglob("*") if "__pycache__" not in path.parts]
    return sorted(str(path.relative_to(root)) for path in found)


@pytest.mark.parametrize("argv", COMMANDS, ids=" ".join)
def test_nothing_is_made(publication: MakePublication, argv: tuple[str, ...]) -> None:
    root = ready(publication())
    before = files(root)
    done = run_here(root, *argv, **ENVIRONMENT)
    assert done.returncode in {0, 1}
    assert files(root) == before, done.stderr


def test_no_table_is_made(publication: MakePublication, postgresql_url: str) -> None:
    desk = Desk(ready(publication()), {"BRIEFING_DATABASE_URL": postgresql_url, "BRIEFING_SECRET": ""})
    assert "pending: 1 new" in desk.ok("import", "list.csv", "--dry-run")
    assert desk.show()["mailed"] == 0
    engine = create_engine(postgresql_url.replace("postgresql://", "postgresql+psycopg://"))
    assert inspect(engine).get_table_names() == []
    engine.dispose()
    assert not (desk.root / ".briefing").exists()


def test_what_is_there_is_read(publication: MakePublication) -> None:
    desk = Desk(ready(publication()), {"BRIEFING_SECRET": ""})
    desk.ok("add", "ada@example.org")
    assert "1 already known" in desk.ok("import", "list.csv", "--dry-run")
    assert desk.states() == {"pending": 1}


def test_a_ledger_without_its_secret_is_refused_and_gets_none(publication: MakePublication) -> None:
    desk = Desk(ready(publication()), {"BRIEFING_SECRET": ""})
    desk.ok("add", "ada@example.org")
    (desk.root / ".briefing" / "secret").unlink()
    assert "does not match this database" in desk.run("show").stderr
    assert not (desk.root / ".briefing" / "secret").exists()


def test_the_stand_in_is_gone_with_its_connections(publication: MakePublication) -> None:
    root = publication()
    environment = {"BRIEFING_SECRET": SECRET}
    for _ in range(2):
        database = find_database(load(root), environment)
        assert not database.exists
        with database.connect() as one, database.transaction(one) as connection:
            connection.exec_driver_sql("INSERT INTO days VALUES ('2026-01-01', 1)")
        with database.reading() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM days").scalar() == 1
        database.close()
    with pytest.raises(DatabaseError, match="CI is set"):
        find_database(load(root), {"CI": "1"})
