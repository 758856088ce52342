"""A backup is whole, closed, and opens on either kind of database with every link still good."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import stat
from typing import TYPE_CHECKING

import pyrage
import pytest
from tests.delivery.subscribers_parts import Desk

from briefing.delivery.store.backup import encryption
from briefing.delivery.store.list_urls import list_tokens
from briefing.delivery.store.tokens import Purpose
from briefing.settings import load

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakePublication

PHRASE = "correct horse battery"
HEADER = b"age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 18\n"


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A seal that takes no second to make: a sum in place of age's key."""

    def encrypt(content: bytes, phrase: str) -> bytes:
        return HEADER + hashlib.sha256(phrase.encode() + content).digest() + content

    def decrypt(sealed: bytes, phrase: str) -> bytes:
        content = sealed[len(HEADER) + 32 :]
        if encrypt(content, phrase) != sealed:
            raise pyrage.DecryptError
        return content

    monkeypatch.setattr(pyrage.passphrase, "encrypt", encrypt)
    monkeypatch.setattr(pyrage.passphrase, "decrypt", decrypt)


@pytest.fixture
def desks(publication: MakePublication, request: pytest.FixtureRequest) -> list[Desk]:
    """Two publications, the first with readers; their databases are of the kinds that the test names."""
    made = []
    for number, kind in enumerate(request.param):
        root = publication()
        root = root.rename(root.with_name(f"publication{number}"))
        environment = {encryption.VARIABLE: PHRASE, "BRIEFING_SECRET": ""}
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
    assert re.match(r"4,0\d\d rows written", old.ok("backup", "backups/safe.age"))
    file = old.root / "backups/safe.age"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes().startswith(b"age-encryption.org/v1\n-> scrypt ")
    for plain in (b"example", secret.text.encode(), b"subscribers"):
        assert plain not in file.read_bytes()
    assert "already exists" in old.run("backup", "backups/safe.age").stderr
    said = new.ok("restore", str(file))
    assert "the secret for readers' links is in" in said
    with new.open() as restored:
        assert list_tokens(load(new.root), restored.secret).read(Purpose.UNSUBSCRIBE, token, 0).reader == reader
    assert new.show() == old.show()
    assert new.ok("export") == old.ok("export")
    # And it goes on: numbers are not given out twice, and no file of the restoration stays.
    new.ok("add", "later@example.org")
    assert [path.name for path in (new.root / ".briefing").glob("*restoring*")] == []
    refused = new.run("restore", str(file))
    assert refused.returncode == 1
    assert "pass --replace to move it aside first" in refused.stderr


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize("desks", [("sqlite", "sqlite"), ("sqlite", "postgresql")], indirect=True, ids=str)
def test_what_was_there_is_put_aside(desks: list[Desk]) -> None:
    old, new = desks
    old.ok("backup", "safe.age")
    new.ok("add", "mine@example.org", "--confirmed")
    with new.open() as database:
        before = database.secret.text
    said = new.ok("restore", str(old.root / "safe.age"), "--replace")
    asides = re.findall(r"moved aside: (.+)", said)
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
def test_any_tool_that_knows_age_opens_a_backup(desks: list[Desk]) -> None:
    old, new = desks
    old.ok("backup", "safe.age")
    sealed = (old.root / "safe.age").read_bytes()
    lines = gzip.decompress(pyrage.passphrase.decrypt(sealed, PHRASE)).splitlines()
    assert json.loads(lines[0])["briefing"] == 1
    assert sum(b"@example.org" in line for line in lines) == 4_000
    # And what another tool has sealed again is taken, without a gap.
    other = pyrage.passphrase.encrypt(gzip.compress(b"\n".join(lines) + b"\n"), "another good phrase")
    new.ok("restore", new.file("again.age", other), **{encryption.VARIABLE: "another good phrase"})
    assert new.show() == old.show()


@pytest.mark.parametrize("desks", [("sqlite", "sqlite")], indirect=True)
def test_a_file_that_is_not_whole_changes_nothing(desks: list[Desk]) -> None:
    old, new = desks
    old.ok("backup", "safe.age")
    data = (old.root / "safe.age").read_bytes()
    new.ok("add", "mine@example.org", "--confirmed")
    bad = {
        "cut": data[:-100],
        "cut in the header": data[:60],
        "longer": data + b"x",
        "altered": data[:-500] + bytes([data[-500] ^ 1]) + data[-499:],
        "too much work": re.sub(rb"(-> scrypt \S+) \d+", rb"\1 30", data, count=1),
        "to a key": pyrage.encrypt(b"x", [pyrage.x25519.Identity.generate().to_public()]),
        "no backup": b"address,name\n",
        "empty": b"",
    }
    for name, octets in bad.items():
        done = new.run("restore", new.file("bad.age", octets), "--replace")
        assert done.returncode == 1, name
        assert done.stderr.count("\n") == 1, name
        assert new.show()["mailed"] == 1, name
    wrong = new.run("restore", str(old.root / "safe.age"), "--replace", **{encryption.VARIABLE: "x" * 12})
    assert "the passphrase in BRIEFING_BACKUP_PASSPHRASE is wrong, or the file was altered" in wrong.stderr
    short = new.run("backup", "new.age", **{encryption.VARIABLE: "short"})
    assert "at least 12 characters" in short.stderr
    other = new.run("restore", str(old.root / "safe.age"), "--replace", BRIEFING_SECRET="z" * 40)
    assert "BRIEFING_SECRET does not match this backup" in other.stderr
    assert new.show()["mailed"] == 1
    assert [path.name for path in (new.root / ".briefing").iterdir()].count("ledger.sqlite3.restoring") == 0


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize("desks", [("sqlite", "sqlite")], indirect=True)
def test_a_ledger_in_use_is_not_pulled_away(desks: list[Desk]) -> None:
    old, new = desks
    old.ok("backup", "safe.age")
    new.ok("add", "mine@example.org", "--confirmed")
    with new.open() as database, database.reading() as connection:
        connection.exec_driver_sql("SELECT 1 FROM subscribers")
        done = new.run("restore", str(old.root / "safe.age"), "--replace")
    assert done.returncode == 1
    assert "the database is in use; stop `send`" in done.stderr


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize("desks", [("sqlite", "sqlite")], indirect=True)
def test_a_damaged_ledger_is_replaced(desks: list[Desk]) -> None:
    old, _ = desks
    old.ok("backup", "safe.age")
    ledger: Path = old.root / ".briefing" / "ledger.sqlite3"
    ledger.write_bytes(b"SQLite format 3\0" + b"\xff" * 5_000)
    assert old.run("show").returncode == 1
    assert old.run("restore", "safe.age").returncode == 1
    old.ok("restore", "safe.age", "--replace")
    assert old.show()["mailed"] == 3_999
