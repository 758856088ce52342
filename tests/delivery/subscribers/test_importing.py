"""Lists come in whole or not at all, mail nobody, and bring nobody back."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from tests.conftest import REPOSITORY
from tests.delivery.subscribers_parts import SECRET, Desk

from briefing.delivery.store import membership
from briefing.delivery.store.database import now
from briefing.delivery.store.database_errors import DatabaseError
from briefing.delivery.store.email_addresses import parse_address
from briefing.delivery.store.tables import SUBSCRIBERS, Membership
from briefing.delivery.subscribers import effects
from briefing.delivery.subscribers.entries import ImportOptions
from briefing.delivery.subscribers.importing import import_lists, inspect_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import MakePublication

    from briefing.errors import Problem

OWN = "address,name,state,since,source,text_version,joined,consented,paused_until,reader,hash,reason\n"
MAILCHIMP = "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,{}LEID,EUID,NOTES\n"

LATIN_1 = "email,name\nada@example.org,Jörg\n".encode("cp1252")


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, publication: MakePublication) -> Desk:
    """On both kinds of database."""
    environment = {"BRIEFING_SECRET": SECRET}
    if request.param == "postgresql":
        environment["BRIEFING_DATABASE_URL"] = request.getfixturevalue("postgresql_url")
    return Desk(publication(), environment)


@pytest.fixture
def small(publication: MakePublication) -> Desk:
    """On SQLite only."""
    return Desk(publication(), {"BRIEFING_SECRET": SECRET})


def test_a_plain_list_is_pending_until_the_desk_says_they_agreed(desk: Desk) -> None:
    name = desk.file("list.csv", "email,name\nada@example.org,Ada\nBob@Example.ORG,Bob\n")
    assert "pending: 2 new" in desk.ok("import", name)
    assert desk.show()["mailed"] == 0
    said = desk.ok("import", name, "--confirmed", "--source", "the old form", "--consented-at", "2025-03-01")
    assert "2 confirmed, pending before" in said
    shown = desk.show("bob@example.org")
    assert (shown["state"], shown["source"], shown["consented_at"]) == (
        "confirmed",
        "the old form",
        "2025-03-01T00:00:00Z",
    )
    assert shown["address"] == "B***@e***.org"
    assert "2 already known" in desk.ok("import", name)
    assert desk.show()["mailed"] == 2


def test_three_files_of_mailchimp(desk: Desk) -> None:
    row = '{},Ada,"Byron, Lady",2,{},,2024-05-01 10:00:00,{}1,{},\n'
    opted, left = "2024-04-30 09:00:00", "2025-01-02 03:04:05"
    subscribed = desk.file(
        "subscribed_members_export_1.csv",
        MAILCHIMP.format("")
        + row.format("in@example.org", opted, "", "a")
        + row.format("put@example.org", "", "", "b"),
    )
    gone = MAILCHIMP.format("UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_REASON,") + row.format(
        "out@example.org", opted, f"{left},,,", "c"
    )
    cleaned = MAILCHIMP.format("CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID,") + row.format(
        "dead@example.org", opted, f"{left},,,", "d"
    )
    files = subscribed, desk.file("unsubscribed_members.csv", gone), desk.file("cleaned_members.csv", cleaned)
    desk.ok("import", *files)
    assert desk.states() == {"pending": 1, "confirmed": 1, "unsubscribed": 1, "bounced": 1}
    assert desk.show()["suppressions"] == {"bounced": 1, "unsubscribed": 1}
    assert desk.show("in@example.org")["name"] == "Ada Byron, Lady"
    assert desk.show("in@example.org")["consented_at"] == "2024-05-01T10:00:00Z"
    assert desk.show("out@example.org")["state_at"] == "2025-01-02T03:04:05Z"
    # Who left is not brought back, in whatever file, and the order of files does not matter.
    back = desk.file("back.csv", "email\nout@example.org\ndead@example.org\n")
    done = desk.run("import", back, "--confirmed")
    assert done.returncode == 0
    assert "back.csv:2: has unsubscribed here; only the reader can come back, by subscribing (warning)" in done.stderr
    assert "back.csv:3: has bounced here" in done.stderr
    assert desk.show()["mailed"] == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_leaving_wins_whatever_the_order(small: Desk, order: tuple[int, int]) -> None:
    files = [
        small.file("a.csv", OWN + "a@example.org,,confirmed,,,,,2026-01-01,,,,\n"),
        small.file("b.csv", OWN + "A@example.org,,unsubscribed,2025-01-01,,,,,,,,\n"),
    ]
    small.ok("import", *(files[number] for number in order))
    assert small.show()["mailed"] == 0
    assert small.states() == {"unsubscribed": 1}


def test_who_agreed_since_stays(small: Desk) -> None:
    small.ok("import", small.file("a.csv", OWN + "a@example.org,,confirmed,,,,,2026-01-01,,,,\n"))
    small.ok("import", small.file("b.csv", OWN + "a@example.org,,unsubscribed,2025-01-01,,,,,,,,\n"))
    assert small.show()["mailed"] == 1
    small.ok("import", small.file("c.csv", OWN + "a@example.org,,unsubscribed,2026-02-01,,,,,,,,\n"))
    assert small.show()["mailed"] == 0


def test_who_left_on_no_readable_date_left_all_the_same(desk: Desk) -> None:
    address_hash = desk.file("c.csv", OWN + "c@example.org,,confirmed,,,,,2026-01-01,,,,\n")
    names = ("a", "b", "d", "e")
    own = "".join(f"{name}@example.org,,confirmed,,,,,2026-01-01,,,,\n" for name in names)
    desk.ok("import", desk.file("a.csv", OWN + own), address_hash)
    desk.ok("forget", "c@example.org")
    suppressed = next(line for line in desk.ok("export").splitlines() if line.endswith("erased")).split(",")
    suppressed[3] = "then"
    left = (
        "a@example.org,,unsubscribed,31/12/2025,,,,,,,,\nb@example.org,,complained,,,,whenever,,,,,\n"
        "d@example.org,,bounced,2999-01-01,,,,,,,,\ne@example.org,,confirmed,x,,,,,,,,removed\n"
        f"{','.join(suppressed)}\nf@example.org,,confirmed,x,,,,,,,,\n"
    )
    done = desk.run("import", desk.file("left.csv", OWN + left))
    assert done.returncode == 0, done.stderr
    assert desk.show()["mailed"] == 0
    assert desk.states()["unsubscribed"] == desk.states()["complained"] == desk.states()["bounced"] == 1
    since = "not a valid date"
    assert done.stderr.splitlines() == [
        f"left.csv:2: its `since` is {since}; the reader is unsubscribed anyway (warning)",
        f"left.csv:3: its `joined` is {since}; the reader is unsubscribed anyway (warning)",
        "left.csv:4: its `since` is in the future; the reader is unsubscribed anyway (warning)",
        f"left.csv:5: its `since` is {since}; the reader is unsubscribed anyway (warning)",
        f"left.csv:6: its `since` is {since}; the reader is unsubscribed anyway (warning)",
        f"left.csv:7: its `since` is {since}; write it as 2026-03-30 or 2026-03-30T09:12:00Z (warning)",
    ]
    assert "1 refused" in done.stdout


def test_who_leaves_by_a_list_is_paused_no_more(desk: Desk) -> None:
    desk.ok("import", desk.file("a.csv", OWN + "a@example.org,,confirmed,,,,,2026-01-01,2999-01-01,,,\n"))
    assert desk.show("a@example.org")["paused_until"] == "2999-01-01T00:00:00Z"
    desk.ok("import", desk.file("b.csv", OWN + "a@example.org,,unsubscribed,2026-02-01,,,,,,,,\n"))
    assert desk.show("a@example.org")["paused_until"] == ""


@pytest.mark.parametrize(
    ("text", "options", "states"),
    [
        (
            (
                "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at\n"
                "a@example.org,false,,other,false,2025-01-01T00:00:00.000Z,\nb@example.org,true,,yearly,true,2025-01-01,\n"
            ),
            (),
            {"pending": 1, "unsubscribed": 1},
        ),
        (
            (
                "email_address,type,creation_date,source,notes\n"
                "a@example.org,regular,2025-01-01T00:00:00.123456Z,import,\nb@example.org,unactivated,2025-01-01,,\n"
                "c@example.org,unsubscribed,2025-01-01,,\nd@example.org,undeliverable,2025-01-01,,\n"
                "e@example.org,complained,2025-01-01,,\n"
            ),
            ("--confirmed",),
            {"confirmed": 1, "pending": 1, "unsubscribed": 1, "bounced": 1, "complained": 1},
        ),
        (
            (
                "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers\n"
                "1,a@example.org,A,,true,false,,2025-01-01T00:00:00.000Z,,,\n2,b@example.org,B,,false,false,,2025-01-01,,,\n"
                "3,c@example.org,C,,true,false,,2025-01-01,2025-02-01,,\n"
            ),
            ("--confirmed",),
            {"confirmed": 1, "unsubscribed": 2},
        ),
        (
            (
                "uuid,email,name,attributes,status,created_at,updated_at\n"
                'u,a@example.org,A,"{""x"": 1}",enabled,2025-01-01 10:00:00.123 +0000 UTC,\nu,b@example.org,B,{},blocklisted,,\n'
            ),
            (),
            {"pending": 1, "unsubscribed": 1},
        ),
    ],
    ids=["substack", "buttondown", "ghost", "listmonk"],
)
def test_other_providers(small: Desk, text: str, options: tuple[str, ...], states: dict[str, int]) -> None:
    small.ok("import", small.file("list.csv", text), *options)
    assert small.states() == states


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"\xef\xbb\xbfemail;name\r\nada@example.org;J\xc3\xb6rg\r\n", "Jörg"),
        ("email\tname\nada@example.org\tJörg\n".encode("utf-16"), "Jörg"),
        ("email|name\nada@example.org|Jörg\n".encode("utf-16-le"), "Jörg"),
        (LATIN_1, "Jörg"),
        (b'sep=;\nname;email\n"J;\n""rg""";ada@example.org\n', 'J; "rg"'),
        ("E-Mail Address,Full Name\n ada@example.org ,'=Jörg\n\n,,\n".encode(), "=Jörg"),
        (b"email,name\nada@example.org,J\x00r\x07g\n", "J r g"),
    ],
    ids=["bom", "utf-16", "utf-16 without mark", "latin-1", "sep and line breaks", "formula", "control characters"],
)
def test_however_the_file_is_written(small: Desk, data: bytes, named: str) -> None:
    done = small.run("import", small.file("list.csv", data))
    assert done.returncode == 0, done.stderr
    assert small.show("ada@example.org")["name"] == named
    assert ("is not in UTF-8 and was read as Windows-1252" in done.stderr) == (data == LATIN_1)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "list.csv:1: is empty"),
        (b"PK\x03\x04....xl/workbook.xml", "is a spreadsheet; save it as CSV in UTF-8"),
        (b"PK\x03\x04....subscribed.csv", "is a zip archive; unpack it"),
        (b"\x1f\x8b\x08", "is compressed; unpack it"),
        (
            b"emial,name\na@example.org,x\n",
            "list.csv:1: has no column with addresses; did you mean `emial`? Rename it to `address`",
        ),
        (b"phone,name\n1,x\n", "has no column with addresses; add a column `address`"),
        (b"a@example.org\nb@example.org\n", "begins with an address instead of a header; add a first line: address"),
        (b"email,name,email\na@example.org,x,b@example.org\n", "has the column `email` twice"),
        (b'email,name\na@example.org,x\nb@example.org,"y\nc@example.org,z\n', "list.csv:3: a quote that opens here"),
        ("email\na@example.org\n".encode("utf-16")[:-1], "is incomplete, or not valid UTF-16"),
        (b"email\n" + b"x" * 1_000_001, "list.csv:2: this line is too long"),
        (OWN.encode() + b",,,,,,,,,,0000000000000000:" + b"a" * 40 + b",unsubscribed\n", "made with another secret"),
    ],
)
def test_what_is_no_list_is_refused_whole(small: Desk, data: bytes, said: str) -> None:
    good = small.file("good.csv", "email\ngood@example.org\n")
    done = small.run("import", good, small.file("list.csv", data))
    assert done.returncode == 1
    assert said in done.stderr
    assert "@example" not in done.stderr
    assert small.states() == {}


def test_every_bad_row_is_listed_without_its_address(small: Desk) -> None:
    rows = [
        "",
        "none",
        '"two@@example.org"',
        '"a b@example.org"',
        '"""quoted""@example.org"',
        f"{'x' * 300}@example.org",
        '"line\nbreak@example.org"',
        "jörg@example.org",
        "a@[192.0.2.1]",
        "ok@münchen.example",
        "OK@M\u00dcNCHEN.example",
        'q@example.org,"broken"quote"',
        "wide@example.org,Name,2025-01-01,x,y",
        "late@example.org,Name,2999-01-01",
        "odd@example.org,Name,tomorrow",
        "ok@example.org,Name,2025-01-01",
    ]
    name = small.file(
        "list.csv", "email,name,consented\n" + "\n".join(f"{row}" if row else ",x," for row in rows) + "\n"
    )
    done = small.run("import", name, "--confirmed")
    assert done.returncode == 0, done.stderr
    lines = [int(found) for found in re.findall(r"^list\.csv:(\d+): ", done.stderr, re.MULTILINE)]
    assert lines == [2, 3, 4, 5, 6, 7, 8, 10, 11, 13, 14, 15, 16, 17]
    assert not re.search(r"(?<!reader@)example\.org|nchen|jörg", done.stderr + done.stdout)
    assert "14 refused" in done.stdout
    assert small.states() == {"confirmed": 2}
    for said in (
        "is empty",
        "no @",
        "more than one @",
        "has 312 characters",
        "line break",
        "contains quotes",
        "SMTPUTF8",
    ):
        assert said in done.stderr
    assert small.show("ok@xn--mnchen-3ya.example")["state"] == "confirmed"


def test_an_international_domain_is_its_own(small: Desk) -> None:
    rows = (
        "a@straße.example",
        "a@strasse.example",
        "a@\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.example",
        "a@b\u200cc.example",
    )
    done = small.run("import", small.file("list.csv", "email\n" + "\n".join(rows)), "--confirmed")
    assert small.states() == {"confirmed": 3}, done.stderr
    assert (
        "list.csv:5: its address has no valid domain after the @; enter an address such as reader@example.org (warning)"
        in done.stderr
    )
    assert small.show("a@xn--strae-oqa.example")["state"] == "confirmed"
    assert small.show("a@xn--mgba3gch31f060k.example")["state"] == "confirmed"


def test_unread_columns_are_told(small: Desk) -> None:
    done = small.run("import", small.file("list.csv", "email,consentd,phone\na@example.org,2025-01-01,1\n"))
    assert "not read: `consentd` (did you mean `consented`?), `phone`" in done.stderr


def test_a_dry_run_keeps_nothing(desk: Desk) -> None:
    name = desk.file("list.csv", "email,unsubscribed\na@example.org,\nb@example.org,yes\nbad\n")
    done = desk.run("import", name, "--dry-run")
    assert "pending: 1 new\nunsubscribed: 1 new\n1 refused" in done.stdout
    assert "list.csv:4:" in done.stderr
    assert desk.states() == {}


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("list.csv", "--from", "csv"), "--from: `csv` is not a known format; use one of mailchimp"),
        (("list.csv", "--consented-at", "yesterday"), "`yesterday` is not a valid date"),
        (("list.csv", "--consented-at", "2999-01-01"), "--consented-at 2999-01-01 is in the future"),
        (("list.csv", "--source", "a fair\nin May"), "--source contains a line break"),
        (("nothing.csv",), "nothing.csv is not a file"),
    ],
)
def test_wrong_use(small: Desk, argv: tuple[str, ...], said: str) -> None:
    small.file("list.csv", "email\na@example.org\n")
    done = small.run("import", *argv)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert small.states() == {}
    assert small.run("add", "b@example.org", "--source", "a\x1bb").returncode == 2


def test_a_file_of_another_provider_is_not_taken_for_this_one(small: Desk) -> None:
    name = small.file("list.csv", "email,email_disabled,subscribed_to_email\na@example.org,true,\n")
    done = small.run("import", name, "--from", "ghost", "--confirmed")
    assert done.returncode == 1
    assert (
        "is not an export of Ghost: it has no column `subscribed_to_emails`; did you mean `subscribed_to_email`?"
        in (done.stderr)
    )


def test_a_file_said_to_be_another_providers_is_told_whose_it_is(small: Desk) -> None:
    name = small.file("ghost.csv", "id,email,name,subscribed_to_emails,created_at\n1,a@example.org,A,true,\n")
    done = small.run("import", name, "--from", "mailchimp")
    assert done.returncode == 1
    assert "ghost.csv:1: is not an export of Mailchimp" in done.stderr
    assert "it looks like an export of Ghost: omit --from, or pass --from ghost" in done.stderr


def test_of_two_columns_with_addresses_the_one_not_read_is_named(small: Desk) -> None:
    rows = "email,address\nother@example.org,a@example.org\nb@example.org,\n"
    done = small.run("import", small.file("list.csv", rows))
    assert "not read in rows with `address`: `email`" in done.stderr
    assert small.show("a@example.org")["state"] == small.show("b@example.org")["state"] == "pending"


def test_a_comma_in_the_header_is_no_delimiter(small: Desk) -> None:
    small.ok("import", small.file("list.csv", '"Notes, of ours, old";email\nx, y;a@example.org\n'))
    assert small.states() == {"pending": 1}


def test_who_never_joined_is_left_out(small: Desk) -> None:
    done = small.run("import", small.file("nonsubscribed_x.csv", MAILCHIMP.format("")), "--confirmed")
    assert done.returncode == 1
    assert "don't import this file" in done.stderr


# The import waits half way, as soon as it has named the row that it refuses there.
WAITING = """\
import time, typer
echo = typer.echo
def say(message=None, **options):
    echo(message, **options)
    if "big.csv:30002:" in str(message):
        while True:
            time.sleep(0.05)
typer.echo = say
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_import_that_is_stopped_changes_nothing(desk: Desk, tmp_path: Path, how: signal.Signals) -> None:
    desk.ok("import", desk.file("before.csv", "email\nbefore@example.org\n"))
    big = tmp_path / "big.csv"
    with big.open("w") as out:
        out.write("email\n")
        out.writelines(f"reader{number}@example.org\n" if number != 30_000 else "none\n" for number in range(60_000))
    code = f"{WAITING}import sys; from briefing.commands.app import main; sys.exit(main(sys.argv[2:], sys.argv[1]))"
    argv = [sys.executable, "-c", code, str(desk.root), "subscribers", "import", str(big)]
    environment = {"PYTHONPATH": str(REPOSITORY / "plugins"), "PATH": "/usr/bin", **desk.environment}
    with subprocess.Popen(
        argv, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stderr is not None
        try:
            assert any("big.csv:30002:" in line for line in process.stderr)
            process.send_signal(how)
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode != 0
    if how is signal.SIGINT:
        assert process.returncode == 130
        assert "nothing was imported" in said
    assert desk.states() == {"pending": 1}


@dataclass
class Meanwhile:
    """A listener that acts on the list, as others do, once the file is read."""

    act: Callable[[], None]
    refusals: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        raise AssertionError(text)

    def refused(self, problem: Problem) -> None:
        self.refusals.append(str(problem))

    def warned(self, problem: Problem) -> None:
        raise AssertionError(problem)

    def advanced(self, rows: int) -> None:
        assert rows == 5
        self.act()


def test_nobody_waits_for_an_import_and_who_acts_meanwhile_is_not_overruled(desk: Desk) -> None:
    desk.ok("import", desk.file("before.csv", "email\nleaves@example.org\nmoves@example.org\n"))
    names = ("joins", "leaves", "moves", "new", "bad address")
    files = inspect_files([desk.root / desk.file("l.csv", "email\n" + "".join(f"{n}@example.org\n" for n in names))])
    with desk.open() as database:

        def act() -> None:
            with database.writing() as connection:  # would fail if the import held the list
                secret = database.secret
                assert membership.join(connection, secret, parse_address("joins@example.org"), "form", 7)
                for name, state in (("leaves", Membership.UNSUBSCRIBED), ("moves", Membership.PENDING)):
                    known = membership.by_address(connection, secret, parse_address(f"{name}@example.org"))
                    assert known
                    if state is Membership.UNSUBSCRIBED:
                        membership.end_subscription(connection, known.reader, state, 7)
                    else:
                        membership.confirm(connection, known.reader, "text", 7, 7)
                        membership.change_address(connection, secret, known.reader, parse_address("new@example.org"), 8)

        listener = Meanwhile(act)
        done = import_lists(database, files, ImportOptions(now(), is_confirmed=True), listener)
        with database.reading() as connection:
            rows = connection.execute(select(SUBSCRIBERS.c.address, SUBSCRIBERS.c.state, SUBSCRIBERS.c.source))
            found = {address: (state, source) for address, state, source in rows}
    assert listener.refusals[0].startswith(f"{files[0].path}:6: ")
    assert [re.sub(r"^.*csv:", "", said) for said in listener.refusals[1:]] == [
        f"{line}: this reader changed here in the meantime; import the list again to evaluate this row again (warning)"
        for line in (2, 3, 4, 5)
    ]
    assert (done.rows, done.refused, done.confirmed, done.added.total(), done.undated) == (5, 5, 0, 0, 0)
    assert found == {
        "joins@example.org": ("pending", "form"),
        "leaves@example.org": ("unsubscribed", "import from own list"),
        "new@example.org": ("confirmed", "import from own list"),
    }


def test_an_import_that_fails_at_the_end_changes_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        msg = "no room"
        raise DatabaseError(msg)

    monkeypatch.setattr(effects, "_erase", fail)
    assert (
        desk.run("import", desk.file("l.csv", "email,unsubscribed\na@example.org,\nb@example.org,1\n")).returncode == 1
    )
    assert desk.show()["suppressions"] == {}
    assert desk.states() == {}


def test_memory_does_not_grow_with_the_list(small: Desk, tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        file = tmp_path / f"{rows}.csv"
        text = "".join(f"reader{number}@list{rows}.example,Ann {number}\n" for number in range(rows))
        file.write_text(f"email,name\n{text}")
        code = (
            "import re, sys; from briefing.commands.app import main; main(sys.argv[2:], sys.argv[1]);"
            # The peak of this program alone: getrusage counts what the process was before it became one, too.
            "print(re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1])"
        )
        argv = [sys.executable, "-c", code, str(small.root), "subscribers", "import", str(file)]
        environment = {"PYTHONPATH": str(REPOSITORY / "plugins"), "PATH": "/usr/bin", **small.environment}
        done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
        assert f"{rows:,} new" in done.stdout
        return int(done.stdout.splitlines()[-1])

    few, many = peak(10_000), peak(50_000)
    assert many - few < 35_000, "kilobytes: SQLite's cache fills up; as objects, 40,000 readers would take twice that"
    assert many < 300_000
