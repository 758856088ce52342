"""A list server in a process of its own, as `python3 tasks.py listserver` runs it, and what it mails."""

from __future__ import annotations

import email
import email.policy
import itertools
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
from sqlalchemy import select
from tests.conftest import REPOSITORY
from tests.conftest import SETTINGS as COMMON

from briefing import settings
from briefing.delivery.store import membership
from briefing.delivery.store.database import Database, open_database
from briefing.delivery.store.email_addresses import parse_address
from briefing.delivery.store.list_urls import list_tokens
from briefing.delivery.store.tables import NOTIFICATIONS, Membership

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

    from briefing.delivery.store.tokens import Tokens

SETTINGS = """
BRIEFING["email"]["reply_to"] = "desk@example.org"
BRIEFING["email"]["bounce_address"] = "bounces@example.org"
BRIEFING["delivery"] = {"listserver": "https://list.example.org/list"}
"""
FORM = "application/x-www-form-urlencoded"
CODE = "import sys; from briefing.commands.app import main; sys.exit(main(sys.argv[2:], sys.argv[1]))"
PATIENCE = 30.0  # seconds, on a busy machine
_numbers = itertools.count(1)


def publication_at(root: Path, more: str = "") -> Path:
    """A publication's folder with nothing but settings: a list server needs no content."""
    (root / "content").mkdir(parents=True)
    (root / "pelicanconf.py").write_text(f"{COMMON}{SETTINGS}{more}", encoding="utf-8")
    for shared in ("plugins", "theme"):
        (root / shared).symlink_to(REPOSITORY / shared)
    return root


@dataclass
class Served:
    """A running list server. url: with its path, without a slash at the end."""

    root: Path
    url: str
    process: subprocess.Popen[str]
    log: Path
    client: httpx.Client
    database: Database
    tokens: Tokens

    def get(self, path: str, method: str = "GET") -> httpx.Response:
        return self.client.request(method, f"{self.url}{path}")

    def post(self, path: str, **values: Any) -> httpx.Response:
        """From a client of its own, so that no test is limited by another, unless `client` names one."""
        source = values.pop("client", f"10.0.{next(_numbers) % 250}.{next(_numbers) % 250}")
        headers = {"X-Forwarded-For": source, **values.pop("headers", {})}
        return self.client.post(f"{self.url}{path}", headers=headers, **values)

    def subscribe(self, address: str, **values: Any) -> httpx.Response:
        return self.post("/subscribe", data={"email": address}, **values)

    def notifications(self, address: str) -> list[EmailMessage]:
        """What was mailed to an address, the oldest first."""
        files = (self.root / ".briefing" / "letters" / "new").glob("*")
        mails = [read_mail(file.read_bytes()) for file in sorted(files, key=lambda file: file.stat().st_mtime_ns)]
        return [mail for mail in mails if mail["To"] == address]

    def await_letter(self, address: str, subject: str) -> EmailMessage:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for mail in self.notifications(address):
                if subject in mail["Subject"]:
                    return mail
            time.sleep(0.02)
        raise AssertionError(self.log.read_text())

    def await_quiet(self) -> None:
        """Until no letter waits any more."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with self.database.reading() as connection:
                if connection.execute(select(NOTIFICATIONS.c.id)).first() is None:
                    return
            time.sleep(0.02)
        raise AssertionError(self.log.read_text())

    def await_log(self, number: int) -> list[str]:
        """What was logged of requests, once it is of so many: a line is written after its answer."""
        end = time.monotonic() + PATIENCE
        while True:
            *lines, _ = self.log.read_text().partition("listening on ")[2].split("\n")
            if len(lines) > number:
                return lines[1:]
            assert time.monotonic() < end, lines
            time.sleep(0.02)

    def state(self, address: str) -> Membership | None:
        known = self.known(address)
        return known.state if known else None

    def known(self, address: str) -> membership.Subscriber | None:
        with self.database.reading() as connection:
            return membership.by_address(connection, self.database.secret, parse_address(address))

    def reader(self, address: str, state: Membership = Membership.CONFIRMED) -> str:
        """A reader's identifier, put on the list in a state."""
        return put(self.database, address, state)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def put(database: Database, address: str, state: Membership = Membership.CONFIRMED) -> str:
    """A reader on a list, in a state."""
    with database.writing() as connection:
        known = membership.join(connection, database.secret, parse_address(address), "import", 1000)
        assert known
        if state is not Membership.PENDING:
            assert membership.confirm(connection, known.reader, "text", 1000, 1000)
        if state in {Membership.UNSUBSCRIBED, Membership.BOUNCED, Membership.COMPLAINED}:
            assert membership.end_subscription(connection, known.reader, state, 1000)
        return known.reader


def read_mail(data: bytes) -> EmailMessage:
    return email.message_from_bytes(data, policy=email.policy.default)


def link_in(mail: EmailMessage) -> str:
    """The path of the one link a letter is for, below the server's own address; both its parts have it."""
    found = []
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert part
        match = re.search(r"https://list\.example\.org/list(/[a-z]/[a-z0-9]+)", part.get_content())
        assert match, part.get_content()
        found.append(match[1])
    assert found[0] == found[1]
    return found[0]


def start(root: Path, *options: str, ready: str = "listening on ", **environment: str) -> tuple[Any, str, Path]:
    """The process, the address it names without the path, and its log."""
    log = root / f"log-{next(_numbers)}"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, "-c", CODE, str(root), "listserver", "--port", "0", *options],
            cwd=root,
            env={**_plain_environment(), "PYTHONPATH": str(REPOSITORY / "plugins"), **environment},
            stdout=stream,
            stderr=subprocess.STDOUT,
            text=True,
        )
    end = time.monotonic() + PATIENCE
    while ready not in (said := log.read_text()):
        assert process.poll() is None, said
        assert time.monotonic() < end, said
        time.sleep(0.02)
    match = re.search(r"listening on (\S+)", said)
    assert match
    return process, match[1], log


def served(root: Path, *options: str) -> Served:
    """A list server for the publication at `root`, its letters in `.briefing/letters`."""
    process, url, log = start(root, "--via", "file:.briefing/letters", *options)
    publication = settings.load(root)
    database = open_database(publication, {})
    base = urlsplit(publication.options.delivery.listserver).path
    tokens = list_tokens(publication, database.secret)
    client = httpx.Client(trust_env=False, timeout=PATIENCE)
    return Served(root, f"{url}{base}", process, log, client, database, tokens)


def close(server: Served) -> None:
    server.client.close()
    server.database.close()
    if server.process.poll() is None:
        server.process.kill()
        server.process.wait()


def _plain_environment() -> dict[str, str]:
    named = ("BRIEFING_SECRET", "BRIEFING_DATABASE_URL", "BRIEFING_TRANSPORT", "CI")
    return {name: value for name, value in os.environ.items() if name not in named}
