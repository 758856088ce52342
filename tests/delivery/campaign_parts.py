"""A publication with a proofed issue, its list and ledger, and the commands that send it: for tests of campaigns."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert
from tests.conftest import REPOSITORY
from tests.delivery.nursery import Child, begin, unmeasured

from briefing import settings
from briefing.delivery.store.database import open_database
from briefing.delivery.store.email_addresses import parse_address
from briefing.delivery.store.tables import SUBSCRIBERS
from briefing.delivery.store.tokens import new_reader_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import MakePublication

ISSUE = "2026-w14"
READY = """
BRIEFING["email"] |= {
    "reply_to": "desk@example.org",
    "bounce_address": "bounces@example.org",
    "unsubscribe_address": "leave@example.org",
}
BRIEFING["delivery"] = {"readers_by_mail": 1000000, %s}
"""
PATIENCE = 300  # seconds
STATES = ("pending", "inflight", "sent", "deferred", "dead", "suppressed", "unknown")
_numbers = itertools.count(1)


@dataclass
class Desk:
    """A publication's folder, and by what it sends: a port of this machine, or a transport's URL."""

    root: Path
    via: str
    environment: dict[str, str]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command, until it ends."""
        said = self._file(), self._file()
        child = begin(self.root, *arguments, said=said, environment=self.environment, is_measured=True)
        try:
            out, err = child.communicate(PATIENCE)
        finally:
            child.kill()
        return subprocess.CompletedProcess(arguments, child.wait(), out, err)

    def proof(self) -> None:
        """Mail the proof by the transport that will send."""
        done = self.run("proof", ISSUE, "--to", "desk@example.org", "--via", self.via, "--no-site-check")
        assert done.returncode == 0, done.stderr

    def send(self, *options: str) -> subprocess.CompletedProcess[str]:
        """The whole command, until it ends."""
        return self.run(*self.sending(*options))

    def start(self, *options: str, first: str = "") -> Child:
        """The same in a process that may be killed, and says everything on stdout; see `begin`."""
        said = self._file()
        arguments = self.sending(*options)
        return begin(self.root, *arguments, said=(said, said), environment=self.environment, first=first)

    def _file(self) -> Path:
        """Where a command's words go."""
        file = self.root.with_name(f"said-{next(_numbers)}")
        file.touch()
        return file

    def sending(self, *options: str) -> list[str]:
        """The command's words."""
        return ["send", ISSUE, "--via", self.via, "--no-site-check", "--yes", *options]

    def status(self) -> dict[str, Any]:
        """What `status --json` says of the issue."""
        done = self.run("status", ISSUE, "--json")
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)[0]
        return found

    def counts(self) -> dict[str, int]:
        """The states that occur, with how often."""
        return {state: number for state, number in self.status()["counts"].items() if number}

    def fill(self, *addresses: str, number: int = 0) -> None:
        """Confirmed readers: these addresses, and r0@reader.example and so on."""
        database = open_database(settings.load(self.root), self.environment)
        addresses += tuple(f"r{each}@reader.example" for each in range(number))
        rows = []
        for address in addresses:
            mailbox = parse_address(address)
            row = {
                "reader": new_reader_id(),
                "hash": database.secret.address_hash(mailbox.key),
                "address": mailbox.address,
            }
            state = {"state": "confirmed", "state_at": 1, "joined_at": 1, "consented_at": 1}
            rows.append(row | state | {"domain": mailbox.domain})
        with database.writing() as connection:
            connection.execute(insert(SUBSCRIBERS), rows)
        database.close()

    def change(self, statement: str, *values: object) -> int:
        """Change the ledger by hand: what a test cannot wait for. How many rows changed."""
        with sqlite3.connect(self.ledger, timeout=30) as ledger:
            return ledger.execute(statement, values).rowcount

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of the ledger."""
        with sqlite3.connect(self.ledger, timeout=30) as ledger:
            return ledger.execute(query).fetchall()

    def set_rate(self, per_second: float) -> None:
        """From the next run on; 0 is no limit."""
        conf = self.root / "pelicanconf.py"
        conf.write_text(f'{conf.read_text()}\nBRIEFING["delivery"]["per_second"] = {per_second}\n')

    def let_time_pass(self) -> None:
        """Let every deferred delivery be due, and every pause be over."""
        self.change("UPDATE deliveries SET due = 0 WHERE state = 'deferred'")
        self.change("UPDATE rates SET paused_until = 0")

    @property
    def ledger(self) -> Path:
        """SQLite's file."""
        return self.root / ".briefing" / "ledger.sqlite3"


def make_desk(
    publication: MakePublication, via: str = "file:.briefing/mail", more: str = "", **environment: str
) -> Desk:
    """A publication that may send; `more` goes into its settings' `delivery`."""
    root = publication(settings=READY % more)
    # What the machine that runs the tests has set is none of theirs.
    clean = {"CI": "", "BRIEFING_DATABASE_URL": "", "BRIEFING_TRANSPORT": "", "BRIEFING_SECRET": ""}
    return Desk(root, via, clean | environment)


@dataclass
class Running:
    """A sink in a process of its own, and what it has taken."""

    port: int
    log: Path

    @property
    def via(self) -> str:
        """As `--via` takes it."""
        return f"smtp://127.0.0.1:{self.port}?tls=none"

    def accepted(self) -> Counter[str]:
        """How often each address was accepted, without proofs."""
        entries = [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []
        return Counter(entry["to"] for entry in entries if not entry["message_id"].startswith("<proof-"))


@contextmanager
def running_sink(folder: Path, *options: str, port: int = 0) -> Iterator[Running]:
    """`tests/delivery/sink.py` with these options, until the end of the block."""
    file, log = folder / f"port-{time.monotonic_ns()}", folder / "sink.log"
    script = REPOSITORY / "tests" / "delivery" / "sink.py"
    run = [sys.executable, str(script), "--port-file", str(file), "--log", str(log), "--port", str(port), *options]
    process = subprocess.Popen(run, env=unmeasured(os.environ))
    try:
        for _ in range(200):
            if file.exists():
                break
            time.sleep(0.05)
        yield Running(int(file.read_text()), log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
