"""A backup is whole, closed, and opens on either kind of database with every link still good."""

from __future__ import annotations

import io
import re
import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.delivery.subscribers_parts import Desk

from briefing.delivery.backup import sealing
from briefing.delivery.links import list_tokens
from briefing.delivery.tokens import Purpose
from briefing.errors import BriefingError
from briefing.settings import load

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakePublication

PHRASE = "correct horse battery"
CHUNK = 1 << 16
KINDS = ["sqlite", "postgresql"]


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is quickly made."""
    monkeypatch.setattr(sealing, "_COST", (4, 8, 1))


@pytest.fixture
def desks(publication: MakePublication, request: pytest.FixtureRequest) -> list[Desk]:
    """Two publications, the first with readers; their databases are of the kinds that the test names."""
    request.getfixturevalue("cheap")
    made = []
    for number, kind in enumerate(request.param):
        root = publication()
        root = root.rename(root.with_name(f"publication{number}"))
        environment = {sealing.VARIABLE: PHRASE, "BRIEFING_SECRET": ""}
        if kind == "postgresql":
            environment["BRIEFING_DATABASE_URL"] = request.getfixturevalue("postgresql_url")
        made.append(Desk(root, environment))
    rows = "".join(f"reader{number}@example.org,confirmed,Zoë {number}\n" for number in range(4_000))
    made[0].ok("import", made[0].file("l.csv", f"email,state,name\n{rows}gone@example.org,unsubscribed,\n"))
    made[0].ok("forget", "reader0@example.org")
    return made


@pytest.mark.parametrize(
    "desks", [("sqlite", "postgresql"), ("postgresql", "sqlite"), ("sqlite", "sqlite")], indirect=True, ids=str
)
def test_everything_comes_back_and_links_stay_good(desks: list[Desk]) -> None:
    old, new = desks
    reader = old.show("reader7@example.org")["reader"]
    with old.open() as database:
        secret = database.secret
    token = list_tokens(load(old.root), secret).make(Purpose.UNSUBSCRIBE, reader)
    assert re.match(r"4,0\d\d rows written", old.ok("backup", "backups/safe.briefing"))
    file = old.root / "backups/safe.briefing"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for plain in (b"example", secret.text.encode(), b"subscribers"):
        assert plain not in file.read_bytes()
    assert "is there already" in old.run("backup", "backups/safe.briefing").stderr
    said = new.ok("restore", str(file))
    assert "the secret of readers' links is in" in said
    with new.open() as restored:
        assert list_tokens(load(new.root), restored.secret).read(Purpose.UNSUBSCRIBE, token, 0).reader == reader
    assert new.show() == old.show()
    assert new.ok("export") == old.ok("export")
    # And it goes on: numbers are not given out twice, and no file of the restoration stays.
    new.ok("add", "later@example.org")
    assert [path.name for path in (new.root / ".briefing").glob("*restoring*")] == []
    refused = new.run("restore", str(file))
    assert refused.returncode == 1
    assert "--replace puts it aside first" in refused.stderr


@pytest.mark.parametrize("desks", [("sqlite", "sqlite"), ("sqlite", "postgresql")], indirect=True, ids=str)
def test_what_was_there_is_put_aside(desks: list[Desk]) -> None:
    old, new = desks
    old.ok("backup", "safe.briefing")
    new.ok("add", "mine@example.org", "--confirmed")
    with new.open() as database:
        before = database.secret.text
    said = new.ok("restore", str(old.root / "safe.briefing"), "--replace")
    asides = re.findall(r"put aside: (.+)", said)
    assert len(asides) == 2
    assert new.show() == old.show()
    private = new.root / ".briefing"
    assert [file.read_text().strip() for file in private.glob("secret.before_*")] == [before]
    if "BRIEFING_DATABASE_URL" not in new.environment:
        (kept,) = private.glob("ledger.sqlite3.before_*")
        new.ok("show")
        kept.replace(private / "ledger.sqlite3")
        next(private.glob("secret.before_*")).replace(private / "secret")
        assert new.show()["mailed"] == 1


@pytest.mark.parametrize("desks", [("sqlite", "sqlite")], indirect=True)
def test_a_file_that_is_not_whole_changes_nothing(desks: list[Desk]) -> None:
    old, new = desks
    old.ok("backup", "safe.briefing")
    data = (old.root / "safe.briefing").read_bytes()
    assert len(data) > CHUNK * 2
    new.ok("add", "mine@example.org", "--confirmed")
    bad = {
        "cut in a chunk": data[:-100],
        "cut behind the header": data[:43],
        "cut behind a chunk": data[: 43 + CHUNK + 16],
        "longer": data + b"x",
        "altered": data[:-500] + bytes([data[-500] ^ 1]) + data[-499:],
        "another salt": data[:21] + bytes([data[21] ^ 1]) + data[22:],
        "no backup": b"address,name\n",
        "empty": b"",
    }
    for name, octets in bad.items():
        done = new.run("restore", new.file("bad.briefing", octets), "--replace")
        assert done.returncode == 1, name
        assert "Traceback" not in done.stderr
        assert new.show()["mailed"] == 1, name
    wrong = new.run("restore", str(old.root / "safe.briefing"), "--replace", **{sealing.VARIABLE: "x" * 12})
    assert "the passphrase in BRIEFING_BACKUP_PASSPHRASE is not that of" in wrong.stderr
    short = new.run("backup", "new.briefing", **{sealing.VARIABLE: "short"})
    assert "at least 12 characters" in short.stderr
    other = new.run("restore", str(old.root / "safe.briefing"), "--replace", BRIEFING_SECRET="z" * 40)
    assert "BRIEFING_SECRET is not the secret of this backup" in other.stderr
    assert new.show()["mailed"] == 1
    assert [path.name for path in (new.root / ".briefing").iterdir()].count("ledger.sqlite3.restoring") == 0


@pytest.mark.parametrize("desks", [("sqlite", "sqlite")], indirect=True)
def test_a_ledger_in_use_is_not_pulled_away(desks: list[Desk]) -> None:
    old, new = desks
    old.ok("backup", "safe.briefing")
    new.ok("add", "mine@example.org", "--confirmed")
    with new.open() as database, database.reading() as connection:
        connection.exec_driver_sql("SELECT 1 FROM subscribers")
        done = new.run("restore", str(old.root / "safe.briefing"), "--replace")
    assert done.returncode == 1
    assert "the ledger is in use: stop `send`" in done.stderr


@pytest.mark.parametrize("desks", [("sqlite", "sqlite")], indirect=True)
def test_a_damaged_ledger_is_replaced(desks: list[Desk]) -> None:
    old, _ = desks
    old.ok("backup", "safe.briefing")
    ledger: Path = old.root / ".briefing" / "ledger.sqlite3"
    ledger.write_bytes(b"SQLite format 3\0" + b"\xff" * 5_000)
    assert old.run("show").returncode == 1
    assert old.run("restore", "safe.briefing").returncode == 1
    old.ok("restore", "safe.briefing", "--replace")
    assert old.show()["mailed"] == 3_999


@pytest.mark.usefixtures("cheap")
@settings(max_examples=20)
@given(st.sampled_from([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7]), st.data())
def test_what_is_sealed_comes_out_or_nothing(size: int, data: st.DataObject) -> None:
    octets = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    target = io.BytesIO()
    sealer = sealing.Sealer(target, b"phrase")
    for start in range(0, size, 50_000):
        sealer.write(octets[start : start + 50_000])
    sealer.finish()
    sealed = target.getvalue()
    assert io.BufferedReader(sealing.Opener(io.BytesIO(sealed), b"phrase", "x")).read() == octets
    at = data.draw(st.integers(0, len(sealed) - 1))
    for bad in (sealed[:at], sealed[:at] + bytes([sealed[at] ^ 0x40]) + sealed[at + 1 :]):
        with pytest.raises(BriefingError):
            io.BufferedReader(sealing.Opener(io.BytesIO(bad), b"phrase", "x")).read()
