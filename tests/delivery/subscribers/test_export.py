"""The list goes out, and comes in again as it was; nobody who left reaches a provider."""

from __future__ import annotations

import csv
import io
import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.delivery.subscribers_parts import SECRET, Desk

from briefing.delivery.subscribers.cells import escape_formula, format_time, parse_time, unescape_formula
from briefing.delivery.subscribers.formats import FORMATS, OWN, column_name, detect_format

if TYPE_CHECKING:
    from tests.conftest import MakePublication

LIST = (
    "address,name,state,since,source,text_version,joined,consented,paused_until,reader\n"
    "a@example.org,'=cmd|x,confirmed,2025-01-01T00:00:00Z,form,v1,2024-01-01T00:00:00Z,2024-01-02T03:04:05Z,,\n"
    'b@example.org,"Bob ""B"", Jr",confirmed,2025-01-01,form,v1,2024-01-01,2024-01-02,2099-01-01,\n'
    "+c@example.org,,pending,2025-01-01,form,,2024-01-01,,,\n"
    "d@example.org,,unsubscribed,2025-01-01,form,v1,2024-01-01,2024-01-02,,\n"
    "e@example.org,,bounced,2025-01-01,form,v1,2024-01-01,2024-01-02,,\n"
    "f@example.org,,complained,2025-01-01,form,v1,2024-01-01,2024-01-02,,\n"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, publication: MakePublication) -> Desk:
    """A list with everybody, someone the desk removed, and someone who was forgotten."""
    environment = {"BRIEFING_SECRET": SECRET}
    if request.param == "postgresql":
        environment["BRIEFING_DATABASE_URL"] = request.getfixturevalue("postgresql_url")
    made = Desk(publication(), environment)
    made.ok("import", made.file("list.csv", LIST))
    made.ok("add", "removed@example.org", "--confirmed")
    made.ok("remove", "removed@example.org")
    made.ok("forget", "f@example.org")
    return made


def test_an_own_list_comes_back_as_it_was(desk: Desk, publication: MakePublication) -> None:
    exported = desk.ok("export")
    assert exported == desk.ok("export"), "the order is always the same"
    rows = list(csv.DictReader(io.StringIO(exported)))
    assert len(rows) == 7
    assert [row["reader"] for row in rows[:-1]] == sorted(row["reader"] for row in rows[:-1])
    assert (rows[-1]["address"], rows[-1]["reason"]) == ("", "erased")
    assert {row["address"] for row in rows} >= {"'+c@example.org", "a@example.org"}
    assert "f@example.org" not in exported
    root = desk.root.rename(desk.root.with_name("first"))
    other = Desk(publication(), {"BRIEFING_SECRET": SECRET})
    desk.root = root
    other.ok("import", other.file("own.csv", exported))
    assert other.ok("export") == exported
    assert other.show() == desk.show()
    again = other.run("import", "own.csv")
    assert "7 already known" in again.stdout
    forgotten = other.run("import", other.file("f.csv", "email\nf@example.org\n"), "--confirmed")
    assert "was erased on request" in forgotten.stderr
    strange = other.run("import", "own.csv", BRIEFING_SECRET="t" * 40)
    assert strange.returncode == 1


def test_a_reader_that_is_taken_gets_another_identifier(publication: MakePublication) -> None:
    desk = Desk(publication(), {"BRIEFING_SECRET": SECRET})
    header = "address,state,reader\n"
    desk.ok("import", desk.file("a.csv", f"{header}a@example.org,confirmed,{'a' * 16}\n"))
    desk.ok("import", desk.file("b.csv", f"{header}b@example.org,confirmed,{'a' * 16}\nc@example.org,confirmed,\n"))
    assert desk.show("a@example.org")["reader"] == "a" * 16
    readers = {desk.show(f"{name}@example.org")["reader"] for name in "abc"}
    assert len(readers) == 3
    assert (
        "not a valid identifier"
        in desk.run("import", desk.file("c.csv", f"{header}d@example.org,confirmed,me\n")).stderr
    )


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "own"])
def test_a_provider_gets_only_who_would_be_mailed(publication: MakePublication, name: str) -> None:
    desk = Desk(publication(), {"BRIEFING_SECRET": SECRET})
    desk.ok("import", desk.file("list.csv", LIST))
    desk.ok("remove", "b@example.org")
    desk.ok("export", "out.csv", "--for", name)
    rows = list(csv.DictReader(io.StringIO((desk.root / "out.csv").read_text())))
    assert detect_format(frozenset(map(column_name, rows[0]))) is FORMATS[name]
    assert len(rows) == 1
    assert "a@example.org" in rows[0].values()
    assert "{" not in "".join(rows[0].values()).replace("{}", "")
    desk.ok("forget", "a@example.org")
    (desk.root / ".briefing" / "ledger.sqlite3").unlink()
    desk.ok("import", "out.csv", "--confirmed")
    assert desk.states() == {"confirmed": 1}


def test_a_new_file_is_private_and_replaces_none(desk: Desk) -> None:
    done = desk.run("export", "out.csv")
    assert (done.returncode, done.stdout) == (0, "")
    file = desk.root / "out.csv"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() == desk.ok("export")
    again = desk.run("export", "out.csv")
    assert again.returncode == 1
    assert "out.csv already exists" in again.stderr
    assert [path.name for path in desk.root.glob(".out*")] == []
    assert desk.run("export", "--for", "excel").returncode == 2


def test_missing_folders_are_made_for_the_owner_alone(desk: Desk) -> None:
    desk.ok("export", "lists/2026/out.csv")
    assert [stat.S_IMODE((desk.root / name).stat().st_mode) for name in ("lists", "lists/2026")] == [0o700, 0o700]
    assert (desk.root / "lists/2026/out.csv").is_file()
    below = desk.run("export", "lists/2026/out.csv/more.csv")
    assert below.returncode == 1
    assert "more.csv (Not a directory); choose a folder that you can write to" in below.stderr
    assert "Traceback" not in below.stderr


PHRASE = "a long passphrase"


@pytest.mark.parametrize("folder", ["content/images", "output", "outbox/new", "elsewhere"])
@pytest.mark.parametrize("command", ["export", "backup"])
def test_no_list_is_put_where_it_would_be_published(desk: Desk, folder: str, command: str) -> None:
    (desk.root / "output").mkdir(exist_ok=True)
    (desk.root / "elsewhere").symlink_to(desk.root / "output")
    done = desk.run(command, f"{folder}/x.csv", BRIEFING_BACKUP_PASSPHRASE=PHRASE)
    assert (done.returncode, "could be published; choose another folder" in done.stderr) == (2, True), done.stderr
    assert list(desk.root.rglob("*x.csv*")) == []


@given(st.text())
@example("'=1")
@example("''+1")
@example("\t-1")
def test_cells_come_back_from_the_spreadsheet_form(cell: str) -> None:
    written = escape_formula(cell)
    assert unescape_formula(written) == cell
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@given(st.integers(1, 4_102_444_800))
def test_instants_come_back(seconds: int) -> None:
    assert parse_time(format_time(seconds)) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-30T09:12:00Z",
        "2026-03-30 09:12:00",
        "2026-03-30T09:12:00.000Z",
        "2026-03-30T11:12:00+02:00",
        "2026-03-30 09:12:00.123456 +0000 UTC",
    ],
)
def test_instants_as_providers_write_them(text: str) -> None:
    assert format_time(parse_time(text)) == "2026-03-30T09:12:00Z"


@pytest.mark.parametrize("text", ["30/03/2026", "yesterday", "1969-01-01", "2026-13-01"])
def test_what_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_time(text)


def test_every_format_writes_what_it_reads() -> None:
    for form in FORMATS.values():
        written = {column_name(header) for header in form.writes}
        assert any(mark <= written for mark in form.signatures), form.name
        known = {name for names in form.columns.values() for name in names} | {rule.column for rule in form.rules}
        # What means nothing to us is only there because the provider wants it.
        assert written - known <= {"active_subscription", "attributes"}, form.name
    assert detect_format(frozenset({"email", "phone"})) is OWN
    assert detect_format(frozenset({"phone"})) is None
