"""No reader's address in what is printed, logged (with BRIEFING_LOG, in every detail) or committed, whatever the servers and strangers say of them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.delivery import inbox_parts
from tests.delivery.campaign_parts import ISSUE, Desk, free_port, make_desk
from tests.delivery.listserver_parts import close, served
from tests.delivery.mailhost import PASSWORD, MailHost, imap_host
from tests.delivery.sink import Options, serving

from briefing.delivery.store.tokens import Purpose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import MakePublication

NEEDLE = "zqneedle"  # in every local part, and nowhere else
PHRASE = "a long phrase for the backup"
WORD = "unquotable"  # in every name of a reader
SETTINGS = """
BRIEFING["delivery"]["listserver"] = "https://list.example.org/list"
BRIEFING["email"]["bounce_address"] = "bounces@list.example"
BRIEFING["email"]["unsubscribe_address"] = "leave@list.example"
BRIEFING["delivery"]["trusted_authserv_ids"] = ["mx.list.example"]
"""
BOX = "bounces@list.example"
LIST = f"""\
email,name,state
{NEEDLE}0@reader.example,{WORD},confirmed
{NEEDLE}1@reader.example,,confirmed
{NEEDLE}1@READER.example,,confirmed
{NEEDLE}2@@reader.example,,confirmed
"{NEEDLE} 3@reader.example",,confirmed
{NEEDLE}4.reader.example,{WORD},confirmed
"=cmd|{NEEDLE}5@reader.example",,confirmed
{NEEDLE}é@reader.example,,confirmed
{NEEDLE}6@reader.example,,strange-{NEEDLE}
"""


@pytest.fixture(scope="module")
def dovecot(tool: Callable[[str], str]) -> Iterator[MailHost]:
    with imap_host(tool) as host:
        yield host


class Heard:
    """Everything that commands have said."""

    def __init__(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.desk = desk
        self.log = desk.root / "briefing.log"
        desk.environment["BRIEFING_LOG"] = str(self.log)
        monkeypatch.setenv("BRIEFING_LOG", str(self.log))  # for the list server
        self.said: dict[str, str] = {}

    def run(self, *command: str, code: int = 0) -> str:
        """One command that must end so: what it says is kept."""
        done = self.desk.run(*command)
        said = done.stdout + done.stderr
        # What the desk typed itself may not come back either.
        self.said[f"{len(self.said)} {command[:2]}"] = said
        assert done.returncode == code, said
        return said

    def require_silence(self) -> None:
        self.said["log"] = self.log.read_text(encoding="utf-8")
        assert " ended after " in self.said["log"]
        assert "transaction committed" in self.said["log"]
        secret = (self.desk.root / ".briefing" / "secret").read_text().strip()
        for kept in (secret, PASSWORD, PHRASE):
            assert kept not in self.said["log"]
        loud = {name: said for name, said in self.said.items() if NEEDLE in said.lower() or WORD in said.lower()}
        assert loud == {}
        assert len(self.said) > 1


@pytest.fixture
def heard(publication: MakePublication, monkeypatch: pytest.MonkeyPatch) -> Heard:
    desk = make_desk(publication, f"smtp://127.0.0.1:{free_port()}?tls=none")
    conf = desk.root / "pelicanconf.py"
    conf.write_text(conf.read_text() + SETTINGS)
    return Heard(desk, monkeypatch)


def test_the_list(heard: Heard) -> None:
    file = heard.desk.root / "readers.csv"
    file.write_text(LIST, encoding="utf-8")
    for options in (("--dry-run",), ("--confirmed",)):
        said = heard.run("subscribers", "import", "readers.csv", "--source", "a fair", *options)
        assert "readers.csv:" in said, "rows were refused"
    (heard.desk.root / "broken.csv").write_text(f'email,name\n{NEEDLE}9@reader.example,"{WORD}\n')
    (heard.desk.root / "headless.csv").write_text(f"{NEEDLE}9@reader.example,{WORD}\n")
    for name in ("broken.csv", "headless.csv"):
        done = heard.desk.run("subscribers", "import", name)
        heard.said[name] = done.stdout + done.stderr
    heard.run("subscribers", "add", f"{NEEDLE}7@reader.example", "--confirmed")
    heard.run("subscribers", "add", f"{NEEDLE}8@@reader.example", code=1)
    heard.run("subscribers", "remove", f"{NEEDLE}1@reader.example")
    heard.run("subscribers", "add", f"{NEEDLE}1@reader.example")
    heard.run("subscribers", "forget", f"{NEEDLE}1@reader.example")
    heard.run("subscribers", "add", f"{NEEDLE}1@reader.example", code=1)
    heard.run("subscribers", "show")
    heard.run("subscribers", "show", "--json")
    heard.run("subscribers", "show", f"{NEEDLE}99@reader.example", code=1)
    for more in ("", "--json"):
        assert "***" in heard.run("subscribers", "show", f"{NEEDLE}7@reader.example", *filter(None, [more])).replace(
            "…", "***"
        )
    heard.run("subscribers", "tidy")
    heard.desk.environment["BRIEFING_BACKUP_PASSPHRASE"] = PHRASE
    heard.run("subscribers", "backup", "ledger.backup")
    heard.run("subscribers", "restore", "ledger.backup", "--replace")
    assert NEEDLE.encode() not in (heard.desk.root / "ledger.backup").read_bytes()
    heard.require_silence()


def test_an_issue_that_is_refused_in_every_way(heard: Heard) -> None:
    desk = heard.desk
    port = int(desk.via.split(":")[2].split("?")[0])
    everybody = [f"{NEEDLE}{number}@mail{number % 4}.example" for number in range(40)]
    desk.fill(*everybody)
    quoting = f"<{everybody[0]}>: {everybody[1]} is not liked, ask {everybody[2]}\r\n".encode()
    arguments = ("--via", desk.via, "--no-site-check")
    proof = ("proof", ISSUE, "--to", f"{NEEDLE}@desk.example", *arguments)
    send = ("send", ISSUE, *arguments, "--yes")
    heard.run(*proof, code=1)  # nobody listens
    for at in ("greeting", "rcpt"):
        with serving(Options(port=port, says={at: b"554 5.7.1 " + quoting})):
            heard.run(*proof, code=1)
    with serving(Options(port=port)):
        heard.run(*proof)
        heard.run(*send, "--dry-run", "--sample", "2")
        heard.run(*send, "--sample", "4")
    for at, said in (
        ("greeting", b"554 5.7.1 "),
        ("mail", b"550 5.7.1 "),
        ("rcpt", b"550 5.7.1 "),
        ("rcpt", b"450 4.7.1 "),
        ("dot", b"554 5.7.1 "),
        ("dot", b"garbage "),
        ("rcpt", b"550 5.1.1 "),
    ):
        with serving(Options(port=port, says={at: said + quoting})):
            done = desk.run(*send, "--sample", "6")
            heard.said[f"{at} {said!r}"] = done.stdout + done.stderr
        desk.let_time_pass()
    heard.run("status")
    heard.run("status", ISSUE, "--json")
    with serving(Options(port=port)):
        heard.run(*send, "--unknown", "resend")
        heard.run(*send, code=1)
    assert desk.counts().keys() >= {"sent", "dead"}
    heard.require_silence()
    require_clean_folders(desk)


def require_clean_folders(desk: Desk) -> None:
    """Everything but the private folder may be committed or published."""
    files = [file for file in (desk.root / "content").rglob("*") if file.is_file()]
    files += [file for name in ("output", "outbox") for file in (desk.root / name).rglob("*") if file.is_file()]
    assert [file for file in files if file.suffix == ".json"]
    assert [file for file in files if NEEDLE.encode() in file.read_bytes().lower()] == []
    assert [file for file in desk.root.rglob("*") if NEEDLE in file.name] == []


def test_what_comes_back(heard: Heard, dovecot: MailHost) -> None:
    desk = heard.desk
    desk.environment["BRIEFING_IMAP_PASSWORD"] = PASSWORD
    desk.fill(f"{NEEDLE}0@reader.example", f"{NEEDLE}1@reader.example")
    dovecot.empty(BOX)
    dovecot.drop(
        BOX,
        inbox_parts.confirmed(
            inbox_parts.departure("leave@list.example", f"{NEEDLE}0@reader.example"),
            "dmarc=pass header.from=reader.example",
        ),
        inbox_parts.departure("leave@list.example", f"{NEEDLE}1@reader.example"),
        inbox_parts.departure("leave@list.example", f"{NEEDLE}77@reader.example"),
        inbox_parts.departure(f"leave+{NEEDLE}@list.example", f"{NEEDLE}1@reader.example"),
        f"From: {NEEDLE}@reader.example\r\nSubject: {NEEDLE}1@reader.example\r\n\r\nWhy?\r\n".encode(),
        f"From: {NEEDLE}\xff@reader\r\nTo: <{BOX}>, {NEEDLE}\r\nContent-Type: {NEEDLE}/\r\n\r\n".encode("latin-1"),
        inbox_parts.postfix("b" + "2" * 36).replace(b"ada@", f"{NEEDLE}0@".encode()),
        b"\x00" + NEEDLE.encode(),
    )
    url = dovecot.imap_url(BOX)
    for options in (("--dry-run",), ("--json", "--dry-run"), ("--via", "file:.briefing/letters")):
        heard.run("inbox", "--from", url, *options)
    assert desk.ask("SELECT count(*) FROM notifications") == [(0,)]
    (desk.root / "events.jsonl").write_text(
        f'{{"event": "bounced", "token": "{NEEDLE}1@reader.example", "at": 1}}\n'
        f'{{"event": "{NEEDLE}"}}\n{NEEDLE}1@reader.example\n'
    )
    heard.run("inbox", "--from", "jsonl:events.jsonl", code=1)
    heard.run("inbox", "--from", url.replace(f":{dovecot.imap}", ":1"), code=1)
    heard.run("subscribers", "show")
    assert desk.ask("SELECT count(*) FROM subscribers WHERE state = 'unsubscribed'") == [(1,)]
    heard.require_silence()


def test_the_list_server_and_the_doctor(heard: Heard) -> None:
    desk = heard.desk
    desk.fill(f"{NEEDLE}0@reader.example")
    server = served(desk.root)
    try:
        for address in (f"{NEEDLE}0@reader.example", f"{NEEDLE}1@reader.example", f"{NEEDLE}@@x", NEEDLE, ""):
            server.subscribe(address)
        for path in (f"/u/{NEEDLE}", f"/{NEEDLE}0@reader.example", f"/subscribe?email={NEEDLE}0@reader.example"):
            server.get(path)
            server.post(path, data={"email": f"{NEEDLE}2@reader.example"})
        for method in ("PUT", "DELETE", f"{NEEDLE}99".upper()):
            server.get(f"/subscribe?{NEEDLE}", method)
        with contextlib.suppress(httpx.TransportError):  # it is answered before it is read, and closed
            server.post("/subscribe", content=NEEDLE.encode() * 100_000)
        server.post("/subscribe", content=b"{", headers={"Content-Type": f"{NEEDLE}/json"})
        known = server.known(f"{NEEDLE}0@reader.example")
        assert known
        page = server.tokens.make(Purpose.PAGE, known.reader)
        assert NEEDLE not in server.get(f"/p/{page}").text
        server.post(f"/p/{page}", data={"do": "move", "email": f"{NEEDLE}9@reader.example"})
        server.post(f"/p/{page}", data={"do": NEEDLE})
        desk.change("ALTER TABLE subscribers RENAME TO hidden")
        assert server.subscribe(f"{NEEDLE}5@reader.example").status_code == 503
        desk.change("ALTER TABLE hidden RENAME TO subscribers")
        server.await_letter(f"{NEEDLE}1@reader.example", "Confirm")
        assert server.stop() == 0
        heard.said["list server"] = server.log.read_text()
        assert heard.said["list server"].count("\n") > 20
    finally:
        close(server)
    done = desk.run("doctor", "--resolver", "127.0.0.1:1", "--via", desk.via)
    heard.said["doctor"] = done.stdout + done.stderr
    heard.require_silence()
