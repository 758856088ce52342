"""Hands in processes of their own: everybody once, whatever becomes of a process."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from briefing.delivery.sending.coordinator import SendingTerms
from briefing.delivery.sending.dispatch import send_all
from briefing.delivery.sending.ledger import Handout, Rest
from briefing.delivery.sending.limits import Limits
from briefing.delivery.sending.outcomes import DeliveryClaim
from briefing.delivery.sending.transports.contract import (
    Doubt,
    Envelope,
    Outcome,
    Traits,
    UnreachableError,
    Verdict,
)
from briefing.delivery.sending.uncertain import Unknown
from briefing.delivery.sending.worker_processes import Line, branches
from briefing.delivery.store.tables import DeliveryState, Keeps

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from multiprocessing.context import ForkProcess
    from pathlib import Path

    from briefing.delivery.sending.coordinator import Run
    from briefing.delivery.sending.outcomes import StateChange

TERMS = SendingTerms(
    limits=Limits(0, {}, (), ZoneInfo("UTC")), unknown=Unknown.HOLD, waits=False, most=0, retry_seconds=1000, signs=True
)


class Ledger:
    """So many deliveries, of which it hands out what is wanted; `begun` is called with the first."""

    is_remote = False

    def __init__(self, number: int) -> None:
        self.left = [
            DeliveryClaim(each, f"reader{each}", f"r{each}@reader.example", "reader.example", 0, 0)
            for each in range(number)
        ]
        self.connect: set[int] = set()
        self.kept: Counter[DeliveryState] = Counter()

    def exchange(self, changes: Sequence[StateChange], wanted: int, clock: float) -> Handout:
        for change in changes:
            self.connect.remove(change.claim.subscriber)
            self.kept[change.state] += 1
        claims, self.left = self.left[:wanted], self.left[wanted:]
        self.connect |= {claim.subscriber for claim in claims}
        if len(claims) == wanted:
            return Handout(tuple(claims))
        return Handout(tuple(claims), Rest.BUSY if self.connect else Rest.OVER, clock + 0.01)


class Post:
    """A transport that writes down whom it was given, and asks `act` what becomes of each."""

    traits = Traits(name="post", keeps=Keeps.BYTES, doubt=Doubt.EVIDENCE, connections=4, is_divisible=True)
    is_open = True

    def __init__(self, folder: Path) -> None:
        self.log = folder / "given"
        self.log.touch()

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[Post]:
        yield self

    async def deliver(self, envelope: Envelope) -> Outcome:
        with self.log.open("a") as log:
            log.write(f"{os.getpid()} {envelope.recipient}\n")
        await asyncio.sleep(0.001)
        return await self.act(envelope)

    async def act(self, envelope: Envelope) -> Outcome:  # noqa: ARG002 - for others to see
        return Outcome(Verdict.SENT, "250")

    async def close(self) -> None:
        """Nothing is open."""

    def given(self) -> Counter[str]:
        return Counter(line.split()[1] for line in self.log.read_text().splitlines())

    def processes(self) -> set[str]:
        return {line.split()[0] for line in self.log.read_text().splitlines()}


def make(claim: DeliveryClaim) -> Envelope:
    return Envelope("", claim.address, b"Text\r\n", claim.reader)


def send(ledger: Ledger, transport: Post) -> tuple[Run, list[ForkProcess]]:
    with branches(transport, make, 2) as opened:
        processes = [branch.process for branch in opened]
        run = asyncio.run(send_all(ledger, transport, make, TERMS, lambda _: None, opened))  # type: ignore[arg-type]
        assert not any(process.is_alive() for process in processes)
    return run, processes


def test_all_hands_share_the_work(tmp_path: Path) -> None:
    ledger, transport = Ledger(400), Post(tmp_path)
    run, _ = send(ledger, transport)
    assert (run.rest, run.refusal) == (Rest.OVER, "")
    assert ledger.kept == {DeliveryState.SENT: 400}
    assert set(transport.given().values()) == {1}
    assert len(transport.processes()) == 2
    assert str(os.getpid()) not in transport.processes()


def test_every_part_of_an_outcome_arrives(tmp_path: Path) -> None:
    class Various(Post):
        async def act(self, envelope: Envelope) -> Outcome:
            gone = envelope.recipient.startswith("r3")
            return Outcome(Verdict.DEAD, "5.1.1", is_gone=True) if gone else Outcome(Verdict.DEFERRED, "4.2.2")

    ledger = Ledger(40)
    run, _ = send(ledger, Various(tmp_path))
    assert ledger.kept == +run.counts == {DeliveryState.DEAD: 11, DeliveryState.DEFERRED: 29}


def test_a_process_that_dies_stops_the_run(tmp_path: Path) -> None:
    class Dying(Post):
        async def act(self, envelope: Envelope) -> Outcome:
            if envelope.recipient == "r50@reader.example":
                os.kill(os.getpid(), signal.SIGKILL)
            return Outcome(Verdict.SENT, "250")

    ledger, transport = Ledger(4000), Dying(tmp_path)
    run, _ = send(ledger, transport)
    assert "ended unexpectedly (by signal 9)" in run.refusal
    assert ledger.left
    # What the others held is known; what the dead one held is not, and stays where the next run finds it.
    assert 1 <= len(ledger.connect) <= 2
    assert 50 in ledger.connect
    assert len(ledger.connect) + ledger.kept[DeliveryState.SENT] == len(transport.given())


def test_a_mistake_of_ours_in_a_process_stops_the_run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    class Wrong(Post):
        async def act(self, envelope: Envelope) -> Outcome:  # noqa: ARG002
            msg = "nobody thought of this"
            raise LookupError(msg)

    run, _ = send(Ledger(40), Wrong(tmp_path))
    assert "ended unexpectedly (with code 1)" in run.refusal
    assert "nobody thought of this" in capfd.readouterr().err


def test_a_process_that_does_not_end_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hang_up = Line.hang_up

    def lingers(line: Line) -> None:
        hang_up(line)
        asyncio.get_running_loop().call_soon(time.sleep, 60)

    monkeypatch.setattr(Line, "hang_up", lingers)
    monkeypatch.setattr("briefing.delivery.sending.worker_processes._FAREWELL", 0.2)
    ledger, transport = Ledger(40), Post(tmp_path)
    with branches(transport, make, 2) as opened:
        numbers = [branch.process.pid or 0 for branch in opened]
        run = asyncio.run(send_all(ledger, transport, make, TERMS, lambda _: None, opened))  # type: ignore[arg-type]
    assert run.refusal == "a process of this sender does not end"
    for number in numbers:
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)


def test_a_refusal_stops_every_process(tmp_path: Path) -> None:
    class Refusing(Post):
        async def act(self, envelope: Envelope) -> Outcome:  # noqa: ARG002
            return Outcome(Verdict.RETURNED, "5.7.1", refusal="it takes nothing from us")

    ledger = Ledger(4000)
    run, _ = send(ledger, Refusing(tmp_path))
    assert run.refusal == "it takes nothing from us"
    assert not ledger.connect
    assert ledger.kept.total() <= 4


def test_a_server_out_of_reach_is_said_and_stops_every_process(tmp_path: Path) -> None:
    class Away(Post):
        @asynccontextmanager
        async def channel(self) -> AsyncIterator[Post]:
            self.is_open = False
            if not self.is_open:
                reason = "mail.example.org cannot be reached"
                raise UnreachableError(reason)
            yield self

    run, _ = send(Ledger(400), Away(tmp_path))
    assert run.refusal == "mail.example.org cannot be reached"


def test_signals_are_the_clerks_alone(tmp_path: Path) -> None:
    ledger, transport = Ledger(2000), Post(tmp_path)
    with branches(transport, make, 2) as opened:

        def interrupt(run: Run) -> None:
            """As a terminal does: every process of the group gets it."""
            if not run.is_interrupted:
                for each in [*(branch.process.pid for branch in opened), os.getpid()]:
                    os.kill(each or 0, signal.SIGINT)

        run = asyncio.run(send_all(ledger, transport, make, TERMS, interrupt, opened))  # type: ignore[arg-type]
    assert run.is_interrupted
    assert not run.refusal
    assert not ledger.connect
    assert ledger.kept == {DeliveryState.SENT: len(transport.given())} or not transport.given()


def test_nobody_works_on_without_the_clerk(tmp_path: Path) -> None:
    class Slow(Post):
        async def act(self, envelope: Envelope) -> Outcome:  # noqa: ARG002
            await asyncio.sleep(60)
            return Outcome(Verdict.SENT, "250")

    transport = Slow(tmp_path)
    with branches(transport, make, 2) as opened:
        process, line = opened[0].process, opened[0].line
        while b"asks" not in line.recv(1000):
            pass
        line.sendall(b'{"claims":[[1,"reader1","r1@reader.example","reader.example",0,0]],"over":0}\n')
        while not transport.given():
            time.sleep(0.01)
        line.close()  # as the end of the clerk's process does
        process.join(30)
        assert process.exitcode == 1
        opened[1].line.sendall(b"what no clerk says\n")
        opened[1].process.join(30)
        assert opened[1].process.exitcode == 1
