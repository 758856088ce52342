"""Who wants to leave by mail without a token: taken off at our own server's word, else asked by a letter, and not often."""

from __future__ import annotations

import email
import email.policy
import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update
from tests.delivery import inbox_parts as parts
from tests.delivery.here import run_here

from briefing import settings
from briefing.delivery.store import membership
from briefing.delivery.store.database import now, open_database
from briefing.delivery.store.email_addresses import parse_address
from briefing.delivery.store.notification_queue import CAP_SECONDS
from briefing.delivery.store.tables import CONFIRMATIONS, NOTIFICATIONS, Membership

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from tests.conftest import MakePublication

ENVIRONMENT = {"BRIEFING_SECRET": parts.SECRET, "CI": ""}
LETTERS_GO = '\nBRIEFING["delivery"]["transport"] = "file:.briefing/sent?as=eml"\n'
SERVED = '\nBRIEFING["delivery"]["listserver"] = "https://list.example/list"\n'
INVALID_TOKEN = parts.confirmed(parts.departure(), "dmarc=fail header.from=readers.example")


@pytest.fixture
def root(publication: MakePublication, request: pytest.FixtureRequest) -> Path:
    made = publication(settings=parts.SETTINGS + getattr(request, "param", LETTERS_GO))
    for part in ("tmp", "new", "cur"):
        (made / "Maildir" / part).mkdir(parents=True)
    return made


@pytest.fixture
def mailing(root: Path) -> Iterator[parts.List]:
    known = settings.load(root)
    database = open_database(known, ENVIRONMENT)
    yield parts.list_of(known, database)
    database.close()


def receive(root: Path, mail: bytes, *more: str) -> subprocess.CompletedProcess[str]:
    """Let a mail arrive, and take it in."""
    number = sum(1 for _ in (root / "Maildir").rglob("*.host"))
    (root / "Maildir" / "new" / f"{number}.host").write_bytes(mail.replace(b"<0.", b"<%d." % number))
    done = run_here(root, "inbox", "--from", "maildir:Maildir", "--json", *more, **ENVIRONMENT)
    assert "Traceback" not in done.stderr
    assert "@" not in done.stdout + done.stderr
    return done


def counts(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return {name: number for name, number in said["counts"].items() if number}


def sent(root: Path) -> list[EmailMessage]:
    files = [file for file in sorted((root / ".briefing" / "sent").rglob("*")) if file.is_file()]
    return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]


def waiting(mailing: parts.List) -> list[str]:
    with mailing.database.reading() as connection:
        return list(connection.scalars(select(NOTIFICATIONS.c.kind)))


def text_of(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part
    said: str = part.get_content()
    return said


def test_a_forged_sender_removes_nobody_and_a_reader_leaves_by_the_letter(root: Path, mailing: parts.List) -> None:
    ada = mailing.add()
    assert counts(receive(root, INVALID_TOKEN, "--dry-run")) == {"asked": 1}
    assert (sent(root), waiting(mailing)) == ([], [])
    assert counts(receive(root, b"Subject: x\n\n")) == {"asked": 1, "aside": 1}
    assert mailing.state(ada) is Membership.CONFIRMED
    (mail,) = sent(root)
    assert mail["To"] == parts.READER
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Reply-To"] is None
    token = mailing.leaving(ada)
    address = f"leave+{token}@list.example"
    assert mail["List-Unsubscribe"] == f"<mailto:{address}?subject=unsubscribe>"
    assert mail["List-Unsubscribe-Post"] is None
    assert f"mailto:{address}?subject=unsubscribe" in text_of(mail, "plain").replace("\n", "")
    assert f'href="mailto:{address}?subject=unsubscribe"' in text_of(mail, "html")
    assert counts(receive(root, parts.departure(address))) == {"unsubscribed": 1}
    assert mailing.state(ada) is Membership.UNSUBSCRIBED
    assert counts(receive(root, INVALID_TOKEN)) == {"aside": 1}
    assert len(sent(root)) == 1


def test_nobody_is_flooded(root: Path, mailing: parts.List) -> None:
    mailing.add()
    assert counts(receive(root, INVALID_TOKEN)) == {"asked": 1}
    asked = now()
    for _ in range(3):
        assert counts(receive(root, INVALID_TOKEN)) == {"waiting": 1}
    assert len(sent(root)) == 1
    while now() <= asked:  # a letter's name is made of the second in which it was asked for
        time.sleep(0.05)
    with mailing.database.writing() as connection:
        connection.execute(update(CONFIRMATIONS).values(since=now() - CAP_SECONDS))
    assert counts(receive(root, INVALID_TOKEN)) == {"asked": 1}
    assert len(sent(root)) == 2


def test_our_own_servers_word_is_enough(root: Path, mailing: parts.List) -> None:
    ada = mailing.add()
    assert counts(receive(root, parts.confirmed(parts.departure()))) == {"unsubscribed": 1}
    assert mailing.state(ada) is Membership.UNSUBSCRIBED
    assert sent(root) == []


@pytest.mark.parametrize("case", ["stranger", "pending", "removed"])
def test_whoever_gets_no_issues_is_not_written_to(root: Path, mailing: parts.List, case: str) -> None:
    with mailing.database.writing() as connection:
        secret = mailing.database.secret
        if case != "stranger":
            reader = membership.join(connection, secret, parse_address(parts.READER), "test", parts.THEN)
        if case == "removed":
            assert reader
            assert membership.confirm(connection, reader.reader, "1", parts.THEN, parts.THEN)
            membership.remove(connection, reader.hash, parts.THEN)
    assert counts(receive(root, INVALID_TOKEN)) == {"aside": 1}
    assert sent(root) == []


def test_a_mail_from_before_the_reader_confirmed_asks_nothing(root: Path, mailing: parts.List) -> None:
    ada = mailing.add()
    with mailing.database.writing() as connection:
        membership.end_subscription(connection, ada, Membership.UNSUBSCRIBED, now())
        assert membership.confirm(connection, ada, "1", now() + 3_600, now() + 3_600)
    assert counts(receive(root, INVALID_TOKEN)) == {"outdated": 1}


@pytest.mark.parametrize("root", [""], indirect=True)
def test_without_a_transport_the_letter_waits_and_that_is_told(root: Path, mailing: parts.List) -> None:
    mailing.add()
    done = receive(root, INVALID_TOKEN)
    assert (done.returncode, json.loads(done.stdout)["counts"]["asked"]) == (1, 1)
    assert "cannot send notifications: no mail transport is configured: pass --via" in done.stderr
    assert counts(receive(root, b"Subject: x\n\n", "--via", "file:.briefing/sent?as=eml")) == {"aside": 1}
    assert len(sent(root)) == 1


def test_a_letter_that_cannot_be_mailed_now_is_mailed_by_a_later_run(root: Path, mailing: parts.List) -> None:
    mailing.add()
    done = receive(root, INVALID_TOKEN, "--via", "smtp://127.0.0.1:1?tls=none")
    assert (done.returncode, "notifications wait: " in done.stderr) == (1, True)
    with mailing.database.writing() as connection:
        connection.execute(update(NOTIFICATIONS).values(due=now()))
    assert counts(receive(root, b"Subject: x\n\n")) == {"aside": 1}
    assert len(sent(root)) == 1


@pytest.mark.parametrize("root", [LETTERS_GO + SERVED], indirect=True)
def test_a_list_server_mails_the_letter_and_has_the_button(root: Path, mailing: parts.List) -> None:
    ada = mailing.add()
    assert counts(receive(root, INVALID_TOKEN)) == {"asked": 1}
    assert (sent(root), waiting(mailing)) == ([], ["unsubscribe"])
    assert counts(receive(root, b"Subject: x\n\n", "--via", "file:.briefing/sent?as=eml")) == {"aside": 1}
    (mail,) = sent(root)
    url = f"https://list.example/list/u/{mailing.leaving(ada)}"
    assert url in re.sub(r"\s", "", text_of(mail, "plain"))
    assert mail["List-Unsubscribe"] == f"<{url}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert waiting(mailing) == []


def test_who_left_meanwhile_gets_no_letter(root: Path, mailing: parts.List) -> None:
    ada = mailing.add()
    receive(root, INVALID_TOKEN, "--via", "smtp://127.0.0.1:1?tls=none")
    with mailing.database.writing() as connection:
        membership.end_subscription(connection, ada, Membership.UNSUBSCRIBED, now())
        connection.execute(update(NOTIFICATIONS).values(due=now()))
    receive(root, b"Subject: x\n\n")
    assert (sent(root), waiting(mailing)) == ([], [])
