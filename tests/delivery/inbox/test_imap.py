"""The way of mails through a real mailbox: taken in once, moved afterwards, also when killed between the two."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import REPOSITORY
from tests.delivery import inbox_parts as parts
from tests.delivery.here import run_here
from tests.delivery.mailhost import PASSWORD, MailHost, imap_host, mail_host
from tests.delivery.nursery import unmeasured

from briefing import settings
from briefing.delivery.inbox import imap
from briefing.delivery.inbox.inbox_url import ImapSource, read_source
from briefing.delivery.inbox.mailbox import MAX_BYTES
from briefing.delivery.store.database import open_database
from briefing.delivery.store.tables import DeliveryState, Membership

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import MakePublication

BOX = "bounces@list.example"
ENVIRONMENT = {"BRIEFING_SECRET": parts.SECRET, imap.PASSWORD: PASSWORD, "CI": ""}


@pytest.fixture(scope="module")
def dovecot(tool: Callable[[str], str]) -> Iterator[MailHost]:
    with imap_host(tool) as host:
        yield host


@pytest.fixture
def host(dovecot: MailHost) -> Iterator[MailHost]:
    dovecot.empty(BOX)
    dovecot.drop(BOX)
    yield dovecot
    dovecot.empty(BOX)


@pytest.fixture
def root(publication: MakePublication) -> Path:
    return publication(settings=parts.SETTINGS)


@pytest.fixture
def mailing(root: Path) -> Iterator[parts.List]:
    known = settings.load(root)
    database = open_database(known, ENVIRONMENT)
    yield parts.list_of(known, database)
    database.close()


def inbox(root: Path, url: str, *more: str, **environment: str) -> subprocess.CompletedProcess[str]:
    done = run_here(root, "inbox", "--from", url, *more, **(ENVIRONMENT | environment))
    assert "Traceback" not in done.stderr
    assert "@" not in done.stdout + done.stderr
    return done


def counts(root: Path, url: str, *more: str, **environment: str) -> dict[str, int]:
    done = inbox(root, url, "--json", *more, **environment)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return {name: number for name, number in said["counts"].items() if number}


def test_every_kind_of_mail_once(host: MailHost, root: Path, mailing: parts.List) -> None:
    readers = {name: mailing.add(f"{name}@readers.example") for name in "abcdef"}
    tokens = {name: mailing.deliver(reader, 1, DeliveryState.UNKNOWN) for name, reader in readers.items()}
    host.drop(
        BOX,
        parts.postfix(tokens["a"]),
        parts.qmail(tokens["b"], "mailbox full (#5.2.2)"),
        parts.arf(tokens["c"]),
        parts.departure(f"leave+{mailing.leaving(readers['d'])}@list.example"),
        parts.confirmed(parts.departure(sender="e@readers.example")),
        parts.postfix(tokens["f"], "5.7.1"),
        parts.postfix("b" + "2" * 36),
        parts.departure(sender="stranger@readers.example"),
        b"Subject: buy now\r\n\r\n" + b"x" * 3_000_000,
        b"\x00\xff",
    )
    expected = {"bounced": 1, "soft": 1, "complained": 1, "unsubscribed": 2, "refused": 1, "resolved": 4, "aside": 4}
    url = host.imap_url(BOX)
    assert counts(root, url, "--dry-run") == expected
    assert len(host.messages(BOX)) == 10
    assert mailing.state(readers["a"]) is Membership.CONFIRMED
    assert counts(root, url) == expected
    assert [len(host.messages(BOX, folder)) for folder in ("", "Processed", "Other")] == [0, 6, 4]
    states = [mailing.state(reader) for reader in readers.values()]
    kept, gone = Membership.CONFIRMED, Membership.UNSUBSCRIBED
    assert states == [Membership.BOUNCED, kept, Membership.COMPLAINED, gone, gone, kept]
    assert [mailing.delivery(reader)[0] for reader in readers.values()] == [
        *["dead", "sent", "sent", "unknown", "unknown", "dead"]
    ]
    assert counts(root, url) == {}
    assert "nothing new" in inbox(root, url).stdout


def test_what_is_put_aside_is_named_by_its_place(host: MailHost, root: Path) -> None:
    host.drop(BOX, *[b"Subject: %d\r\n\r\nx" % number for number in range(25)])
    done = inbox(root, host.imap_url(BOX))
    assert done.returncode == 0
    assert "25 set aside" in done.stdout
    assert "INBOX, mail 1: neither a bounce" in done.stdout
    assert "and 5 more" in done.stdout


def test_killed_between_commit_and_move_nothing_is_repeated_or_lost(
    host: MailHost, root: Path, mailing: parts.List
) -> None:
    ada = mailing.add()
    host.drop(BOX, parts.postfix(mailing.deliver(ada, state=DeliveryState.UNKNOWN)))
    with stopping_at(host.imap, b" MOVE ") as (port, has_stopped):
        url = host.imap_url(BOX).replace(f":{host.imap}", f":{port}")
        process = started(root, url)
        assert has_stopped.wait(30)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert mailing.state(ada) is Membership.BOUNCED
    assert len(host.messages(BOX)) == 1
    assert counts(root, host.imap_url(BOX)) == {"again": 1}
    assert [len(host.messages(BOX, folder)) for folder in ("", "Processed")] == [0, 1]


@pytest.mark.slow
def test_killed_again_and_again_every_mail_counts_once(host: MailHost, root: Path, mailing: parts.List) -> None:
    readers = [mailing.add(f"r{number}@readers.example") for number in range(60)]
    host.drop(BOX, *[parts.postfix(mailing.deliver(reader)) for reader in readers])
    for wait in range(5):
        process = started(root, host.imap_url(BOX))
        time.sleep(0.6 + wait * 0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
    counts(root, host.imap_url(BOX))
    assert {mailing.state(reader) for reader in readers} == {Membership.BOUNCED}
    assert [len(host.messages(BOX, folder)) for folder in ("", "Processed")] == [0, 60]


def test_two_at_once_lose_nothing(host: MailHost, root: Path, mailing: parts.List) -> None:
    readers = [mailing.add(f"r{number}@readers.example") for number in range(40)]
    host.drop(BOX, *[parts.postfix(mailing.deliver(reader)) for reader in readers])
    both = [started(root, host.imap_url(BOX)) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert {mailing.state(reader) for reader in readers} == {Membership.BOUNCED}
    assert not host.messages(BOX)
    assert len(host.messages(BOX, "Processed")) >= 40


_BARE = "imap_capability = IMAP4rev1 NAMESPACE UIDPLUS\n"


@pytest.mark.parametrize("word", [b"CREATE", b"SUBSCRIBE", b"FETCH", b"MOVE"])
def test_what_another_run_has_done_first_is_no_failure(
    host: MailHost, root: Path, mailing: parts.List, word: bytes
) -> None:
    overtaken(host, root, mailing, word)


@pytest.mark.parametrize("word", [b"COPY", b"STORE", b"EXPUNGE"])
def test_what_another_run_has_done_first_is_no_failure_on_a_server_that_cannot_move(
    tool: Callable[[str], str], root: Path, mailing: parts.List, word: bytes
) -> None:
    with imap_host(tool, _BARE) as host:
        overtaken(host, root, mailing, word)


def overtaken(host: MailHost, root: Path, mailing: parts.List, word: bytes) -> None:
    """Hold a run before it gives a command, let another do everything, and let the first go on."""
    readers = [mailing.add(f"r{number}@readers.example") for number in range(4)]
    host.drop(BOX, *[parts.postfix(mailing.deliver(reader)) for reader in readers])
    with held_at(host.imap, b" %b " % word) as (port, is_held, release):
        slow = started(root, host.imap_url(BOX).replace(f":{host.imap}", f":{port}"))
        assert is_held.wait(30)
        assert inbox(root, host.imap_url(BOX)).returncode == 0
        release.set()
        assert slow.wait(60) == 0
    assert {mailing.state(reader) for reader in readers} == {Membership.BOUNCED}
    assert not host.messages(BOX)
    assert len(host.messages(BOX, "Processed")) >= len(readers)
    assert counts(root, host.imap_url(BOX)) == {}


def test_a_command_that_is_refused_with_every_mail_there_is_a_failure(host: MailHost, root: Path) -> None:
    host.drop(BOX, b"Subject: x\r\n\r\n")
    (host.folder / "mail" / BOX / ".Other").write_text("in the way")
    done = inbox(root, host.imap_url(BOX))
    assert (done.returncode, "failed: " in done.stderr) == (1, True)
    assert len(host.messages(BOX)) == 1


def test_by_tls_and_starttls(host: MailHost, root: Path, mailing: parts.List) -> None:
    ada = mailing.add()
    host.drop(BOX, parts.postfix(mailing.deliver(ada)))
    trusted = {"SSL_CERT_FILE": str(host.certificate)}
    assert counts(root, f"imaps://{BOX}@127.0.0.1:{host.imaps}", **trusted) == {"bounced": 1}
    assert counts(root, f"imap://{BOX}@127.0.0.1:{host.imap}", **trusted) == {}
    for url in (f"imaps://{BOX}@127.0.0.1:{host.imaps}", f"imap://{BOX}@127.0.0.1:{host.imap}"):
        done = inbox(root, url)
        assert done.returncode == 1
        assert "cannot connect securely" in done.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda url: url.replace("?tls", "/No.Such?tls"), "failed: "),
        (lambda url: url.replace("?tls", "/Processed?tls"), "name the folder in which they arrive"),
        (lambda url: url.split("127.")[0] + "127.0.0.1:1?tls=none", "failed: "),
    ],
)
def test_a_place_that_cannot_be_read(host: MailHost, root: Path, change: Callable[[str], str], said: str) -> None:
    done = inbox(root, change(host.imap_url(BOX)))
    assert done.returncode in {1, 2}
    assert said in done.stderr


def test_a_wrong_password(host: MailHost, root: Path) -> None:
    wrong = inbox(root, host.imap_url(BOX), **{imap.PASSWORD: "x"})
    assert (wrong.returncode, "refuses the user or password" in wrong.stderr) == (1, True)
    none = inbox(root, host.imap_url(BOX), **{imap.PASSWORD: ""})
    assert (none.returncode, "set BRIEFING_IMAP_PASSWORD" in none.stderr) == (1, True)


def test_mails_are_fetched_as_far_as_the_cap(host: MailHost, root: Path) -> None:
    host.drop(BOX, b"Subject: x\r\n\r\n" + b"x" * (MAX_BYTES + 1), b"Subject: y\r\n\r\n")
    source = read_source(host.imap_url(BOX), root)
    assert isinstance(source, ImapSource)
    with imap.open_mailbox(source, ENVIRONMENT, is_dry=True) as mailbox:
        (mails,) = mailbox.batches()
        assert [len(mail.raw) for mail in mails] == [MAX_BYTES, 14]
        assert all(abs(mail.at - time.time()) < 60 for mail in mails)


@pytest.mark.parametrize("more", ["", " UIDPLUS"])
def test_a_plain_server_that_wants_its_folders_below_inbox(
    tool: Callable[[str], str], root: Path, mailing: parts.List, more: str
) -> None:
    plain = f"imap_capability = IMAP4rev1 NAMESPACE{more}\n"
    below = "namespace inbox {\n  inbox = yes\n  prefix = INBOX.\n  separator = .\n}\n"
    ada = mailing.add()
    with imap_host(tool, plain + below) as host:
        host.drop(BOX, parts.postfix(mailing.deliver(ada)))
        assert counts(root, host.imap_url(BOX)) == {"bounced": 1}
        assert counts(root, host.imap_url(BOX)) == {}
        assert len(host.messages(BOX, "Processed")) == 1
        assert len(host.messages(BOX)) == (0 if more else 1)  # flagged as deleted, and left at that


def test_a_true_bounce_by_way_of_postfix(tool: Callable[[str], str], root: Path, mailing: parts.List) -> None:
    readers = {name: mailing.add(f"{name}@readers.example") for name in ("gone", "full", "policy", "ada")}
    with mail_host(tool) as host:
        with smtplib.SMTP("127.0.0.1", host.smtp) as relay:
            for name, reader in readers.items():
                token = mailing.deliver(reader, state=DeliveryState.UNKNOWN)
                text = f"From: desk@list.example\r\nTo: {name}@readers.example\r\n\r\nGood morning."
                relay.sendmail(f"bounces+{token}@list.example", [f"{name}@readers.example"], text)
        host.wait_for("ada@readers.example")
        host.wait_for(BOX, 3)
        assert counts(root, host.imap_url(BOX)) == {"bounced": 1, "soft": 1, "refused": 1, "resolved": 3}
    assert mailing.state(readers["gone"]) is Membership.BOUNCED
    assert mailing.delivery(readers["gone"]) == ("dead", "5.1.1")
    assert mailing.delivery(readers["full"]) == ("sent", "5.2.2")
    assert mailing.delivery(readers["policy"]) == ("dead", "5.7.1")
    assert mailing.delivery(readers["ada"])[0] == "unknown"


def started(root: Path, url: str) -> subprocess.Popen[bytes]:
    code = "import sys; from briefing.commands.app import main; sys.exit(main(sys.argv[2:], sys.argv[1]))"
    environment = {**unmeasured(os.environ), "PYTHONPATH": str(REPOSITORY / "plugins"), **ENVIRONMENT}
    command = [sys.executable, "-c", code, str(root), "inbox", "--from", url]
    return subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def stopping_at(port: int, word: bytes) -> Iterator[tuple[int, threading.Event]]:
    """A way to a server that leads no further once the client has given a command."""
    with held_at(port, word) as (way, is_held, _release):
        yield way, is_held


@contextlib.contextmanager
def held_at(port: int, word: bytes) -> Iterator[tuple[int, threading.Event, threading.Event]]:
    """A way to a server on which a command waits: its port, whether one does, and what lets it go on."""
    is_held, release, is_over = threading.Event(), threading.Event(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def pass_on(source: socket.socket, target: socket.socket, *, is_client: bool) -> None:
            with contextlib.suppress(OSError):
                while octets := source.recv(65_536):
                    if is_client and word in octets and not is_held.is_set():
                        is_held.set()
                        release.wait()
                        if is_over.is_set():
                            return
                    target.sendall(octets)
                target.shutdown(socket.SHUT_WR)

        def serve() -> None:
            client, _ = listener.accept()
            server = socket.create_connection(("127.0.0.1", port))
            with client, server:
                back = threading.Thread(target=pass_on, args=(server, client), kwargs={"is_client": False}, daemon=True)
                back.start()
                pass_on(client, server, is_client=True)
                back.join(30)

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield listener.getsockname()[1], is_held, release
        finally:
            is_over.set()
            release.set()
