"""Several senders on one PostgreSQL: no reader twice, none missed, also where one of them is killed."""

from __future__ import annotations

import json
import random
import shutil
import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from tests.delivery.campaign_parts import Desk, free_port, make_desk, running_sink
from tests.delivery.sending.test_killed import FAULTS, LATEST, PER_KILL, RATE, accounted, accounted_while_open, kill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import MakePublication
    from tests.delivery.campaign_parts import Running
    from tests.delivery.nursery import Child

SECRET = "the secret that all machines share"
PATIENCE = 60  # seconds


@dataclass
class SharedDesk(Desk):
    """A desk whose ledger is on PostgreSQL."""

    def change(self, statement: str, *values: object) -> int:
        with self.connected() as connection:
            return connection.execute(_written(statement, values), values).rowcount

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with self.connected() as connection:
            return connection.execute(query.encode()).fetchall()

    def connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self.environment["BRIEFING_DATABASE_URL"], autocommit=True)

    def machine(self, name: str) -> SharedDesk:
        """The same publication on another machine, whose messages name it in their return path."""
        root = self.root.with_name(name)
        shutil.copytree(self.root, root, symlinks=True)
        conf = root / "pelicanconf.py"
        conf.write_text(f'{conf.read_text()}\nBRIEFING["email"]["bounce_address"] = "{name}@example.org"\n')
        return replace(self, root=root)


def _written(statement: str, values: tuple[object, ...]) -> bytes:
    return (statement.replace("%", "%%").replace("?", "%s") if values else statement).encode()


@pytest.fixture
def make(publication: MakePublication, postgresql_url: str) -> Callable[..., SharedDesk]:
    """`make(via, per_second)`: a publication on PostgreSQL."""

    def made(via: str, per_second: float = 0) -> SharedDesk:
        shared = {"BRIEFING_DATABASE_URL": postgresql_url, "BRIEFING_SECRET": SECRET}
        desk = make_desk(publication, via, f'"per_second": {per_second}', **shared)
        return SharedDesk(desk.root, desk.via, desk.environment)

    return made


@pytest.fixture
def end() -> Iterator[Callable[[Child], tuple[int, str]]]:
    """`end(sender)`: its exit code and what it said; whatever has not ended is killed after the test."""
    senders: list[Child] = []

    def wait(sender: Child) -> tuple[int, str]:
        senders.append(sender)
        said, _ = sender.communicate(timeout=PATIENCE)
        return sender.wait(), said

    yield wait
    for sender in senders:
        sender.kill()
        sender.wait()


def by_machine(sink: Running) -> Counter[str]:
    """How many messages each machine has handed over."""
    entries = [json.loads(line) for line in sink.log.read_text().splitlines()]
    return Counter(entry["from"].partition("+")[0] for entry in entries if "proof-" not in entry["message_id"])


def wait_for(sink: Running, number: int, *machines: str) -> None:
    """Until each of the machines has handed over so many."""
    until = time.monotonic() + PATIENCE
    while min(by_machine(sink)[machine] for machine in machines) < number:
        assert time.monotonic() < until, by_machine(sink)
        time.sleep(0.05)


def test_two_machines_share_a_campaign(
    make: Callable[..., SharedDesk], tmp_path: Path, end: Callable[..., Any]
) -> None:
    with running_sink(tmp_path, "--faults", "slow=1", "--slow", "0.005") as sink:
        first = make(sink.via, 400)
        first.proof()
        first.fill(number=1200)
        second = first.machine("second")
        done = [end(sender) for sender in [first.start(), second.start()]]
        assert [code for code, _ in done] == [0, 0], done
        assert accounted(first, dict(sink.accepted())) == {"sent": 1200}
        assert len(sink.accepted()) == 1200
        did = by_machine(sink)
        assert min(did["bounces"], did["second"]) > 100, did
        records = [(desk.root / "content" / "issues" / "2026-w14.sent.json").read_text() for desk in (first, second)]
        assert records[0] == records[1]
        assert "each reader gets it once" in second.send().stderr
        assert first.ask("SELECT * FROM senders") == []


def test_one_is_killed_and_another_joins(
    make: Callable[..., SharedDesk], tmp_path: Path, end: Callable[..., Any]
) -> None:
    number = 800  # enough for some to be left when the death is known, also where machines begin seconds apart
    watchful = "from briefing.delivery.sending import ledger; ledger._WATCH = 1.0"
    with running_sink(tmp_path, "--faults", "stall-at-dot=0.02,slow=1", "--slow", "0.02", "--stall", "1") as sink:
        first = make(sink.via, 50)
        first.proof()
        first.fill(number=number)
        second, third = first.machine("second"), first.machine("third")
        senders = [first.start(first=watchful), second.start(first=watchful)]
        wait_for(sink, 40, "bounces", "second")
        (doomed,) = first.ask("SELECT min(id) FROM senders")[0]
        senders[0].kill()
        senders[0].communicate()
        in_hand = first.ask("SELECT sender, count(*) FROM deliveries WHERE state = 'inflight' GROUP BY 1")
        doubtful = wait_for_doubt(first, senders[1])
        assert senders[1].poll() is None, "it became known while the other was at work"
        assert doubtful <= 10
        assert len(first.ask("SELECT * FROM senders")) == 1, (doomed, in_hand)
        third.set_rate(0)
        joined = third.start(first=watchful)
        assert [end(sender)[0] for sender in (senders[1], joined)] == [0, 0]
        counts = accounted(first, dict(sink.accepted()))
        assert counts == {"sent": number - doubtful, "unknown": doubtful}
        assert by_machine(sink)["third"] > 50


def wait_for_doubt(desk: SharedDesk, other: Child) -> int:
    """Until somebody has found the dead sender: how many deliveries it left in doubt."""
    until = time.monotonic() + PATIENCE
    while len(desk.ask("SELECT * FROM senders")) > 1:
        assert other.poll() is None, other.communicate()
        assert time.monotonic() < until
        time.sleep(0.2)
    found: int = desk.ask("SELECT count(*) FROM deliveries WHERE state = 'unknown'")[0][0]
    return found


@pytest.mark.parametrize("is_alone", [True, False])
def test_the_connection_is_cut(
    make: Callable[..., SharedDesk], tmp_path: Path, end: Callable[..., Any], *, is_alone: bool
) -> None:
    number = 600
    with running_sink(tmp_path, "--faults", "slow=1", "--slow", "0.02") as sink:
        desk = make(sink.via, 120)
        desk.proof()
        desk.fill(number=number)
        senders = [desk.start()]
        if not is_alone:
            senders.append(desk.machine("second").start())
            wait_for(sink, 20, "second")
        wait_for(sink, 60, "bounces")
        assert desk.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        for code, said in map(end, senders):
            assert "Traceback" not in said
            assert code == 0 or "failed: " in said.splitlines()[-1], said
        if not desk.status()["finished"]:
            done = desk.send()
            assert done.returncode == 0, done.stdout + done.stderr
        counts = accounted(desk, dict(sink.accepted()))
        assert sum(counts.values()) == number
        assert counts.get("unknown", 0) <= 20 * len(senders)


def test_a_machine_that_forgets_sends_with_a_database_and_not_without(
    make: Callable[..., SharedDesk], tmp_path: Path
) -> None:
    with running_sink(tmp_path) as sink:
        desk = make(sink.via)
        desk.environment["CI"] = "1"
        desk.proof()
        desk.fill(number=30)
        without = replace(desk, environment=desk.environment | {"BRIEFING_DATABASE_URL": ""})
        refused = without.send()
        assert (refused.returncode, "set BRIEFING_DATABASE_URL" in refused.stderr) == (1, True)
        nameless = replace(desk, environment=desk.environment | {"BRIEFING_SECRET": ""})
        refused = nameless.send()
        assert (refused.returncode, "set BRIEFING_SECRET" in refused.stderr) == (1, True)
        assert not sink.accepted()
        assert not desk.ledger.exists()
        assert desk.send().returncode == 0
        assert accounted(desk, dict(sink.accepted())) == {"sent": 30}


def test_killed_again_and_again(make: Callable[..., SharedDesk], tmp_path: Path, kills: int) -> None:
    times = kills // 3
    chance = random.Random(2)  # noqa: S311 - no secret is made of it
    port = free_port()
    desk = make(f"smtp://127.0.0.1:{port}?tls=none", RATE)
    desk.fill(number=PER_KILL * times)
    with running_sink(tmp_path, port=port):
        desk.proof()
    killed = 0
    misbehaving = ("--faults", FAULTS, "--seed", "2", "--stall", "3", "--slow", "0.01")
    with running_sink(tmp_path, *misbehaving, port=port) as sink:
        while killed < times:
            killed += kill(desk, sink, chance.uniform(0, LATEST))
            desk.change("UPDATE deliveries SET due = 0 WHERE state = 'deferred' AND mod(subscriber, 2) = 0")
        doubtful = accounted_while_open(desk, dict(sink.accepted()))
    desk.set_rate(0)
    with running_sink(tmp_path, port=port) as sink:
        for _ in range(5):
            desk.let_time_pass()
            done = desk.send()
            if done.returncode == 0:
                break
        assert done.returncode == 0, done.stdout + done.stderr
        counts = accounted(desk, dict(sink.accepted()))
    assert counts["unknown"] <= doubtful + 10
    assert desk.ask("SELECT * FROM senders") == []
    with desk.connected() as connection:
        locks = connection.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone()
    assert locks == (0,)
