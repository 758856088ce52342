"""The coordinator and its workers, without a command and a database: each delivery once, whatever happens."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from briefing.delivery.sending import coordinator as module
from briefing.delivery.sending.ledger import Batch, Remaining
from briefing.delivery.sending.limits import Limits
from briefing.delivery.sending.outcomes import DeliveryClaim
from briefing.delivery.sending.run import send_all
from briefing.delivery.sending.terms import Progress, SendingTerms
from briefing.delivery.sending.transports.contract import (
    Doubt,
    Envelope,
    Outcome,
    Traits,
    UnreachableError,
    Verdict,
)
from briefing.delivery.sending.uncertain import Unknown
from briefing.delivery.store.database_errors import DatabaseError
from briefing.delivery.store.tables import DeliveryState, Keeps
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from briefing.delivery.sending.outcomes import StateChange

CONNECTIONS = 4


class FakeLedger:
    """A number of deliveries; `exchange` hands out as many as are wanted."""

    is_remote = False

    def __init__(self, number: int) -> None:
        self.left = [
            DeliveryClaim(each, f"reader{each}", f"r{each}@reader.example", "reader.example", 0, 0)
            for each in range(number)
        ]
        self.in_flight: set[int] = set()
        self.recorded: Counter[DeliveryState] = Counter()
        self.transactions = self.most_in_flight = 0

    def exchange(self, changes: Sequence[StateChange], wanted: int, clock: float) -> Batch:
        self.transactions += 1
        for change in changes:
            self.in_flight.remove(change.claim.subscriber)
            self.recorded[change.state] += 1
        claims, self.left = self.left[:wanted], self.left[wanted:]
        self.in_flight |= {claim.subscriber for claim in claims}
        self.most_in_flight = max(self.most_in_flight, len(self.in_flight))
        if len(claims) == wanted:
            return Batch(tuple(claims))
        return Batch(tuple(claims), Remaining.IN_FLIGHT if self.in_flight else Remaining.NOTHING, clock + 0.01)


class FakeTransport:
    """Writes down whom it was given, and lets `act` say what becomes of each. A channel carries 10 messages."""

    traits = Traits(name="fake", keeps=Keeps.BYTES, doubt=Doubt.EVIDENCE, connections=CONNECTIONS)

    def __init__(self, act: Callable[[Envelope], Outcome] = lambda _: Outcome(Verdict.SENT, "250")) -> None:
        self.act = act
        self.given: Counter[str] = Counter()

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[FakeChannel]:
        yield FakeChannel(self)


class FakeChannel:
    def __init__(self, transport: FakeTransport) -> None:
        self.transport = transport
        self.left = 10

    @property
    def is_open(self) -> bool:
        return self.left > 0

    async def deliver(self, envelope: Envelope) -> Outcome:
        self.left -= 1
        self.transport.given[envelope.recipient] += 1
        await asyncio.sleep(0.001)
        return self.transport.act(envelope)


def make(claim: DeliveryClaim) -> Envelope:
    return Envelope("", claim.address, b"Text\r\n", claim.reader)


def send(
    ledger: FakeLedger,
    transport: FakeTransport,
    *,
    most: int = 0,
    signs: bool = False,
    envelope: Callable[[DeliveryClaim], Envelope] = make,
    show: Callable[[Progress], None] = lambda _: None,
) -> Progress:
    terms = SendingTerms(
        limits=Limits(0, {}, (), ZoneInfo("UTC")),
        unknown=Unknown.HOLD,
        waits=False,
        most=most,
        retry_seconds=1000,
        signs=signs,
    )
    return asyncio.run(send_all(ledger, transport, envelope, terms, show))  # type: ignore[arg-type]


@pytest.mark.parametrize("is_remote", [False, True])
def test_each_delivery_goes_out_once(*, is_remote: bool) -> None:
    ledger, transport = FakeLedger(400), FakeTransport()
    ledger.is_remote = is_remote
    progress = send(ledger, transport)
    assert (progress.remaining, progress.refusal) == (Remaining.NOTHING, "")
    assert ledger.recorded == +progress.counts == {DeliveryState.SENT: 400}
    assert set(transport.given.values()) == {1}
    assert len(transport.given) == 400


def test_nothing_is_claimed_before_a_worker_is_ready() -> None:
    ledger = FakeLedger(400)
    send(ledger, FakeTransport())
    assert ledger.most_in_flight <= CONNECTIONS


def test_a_transaction_serves_several_workers() -> None:
    ledger = FakeLedger(400)
    send(ledger, FakeTransport())
    assert ledger.transactions < 400 * 0.8


def test_a_sample_is_no_more_than_was_wanted() -> None:
    ledger, transport = FakeLedger(400), FakeTransport()
    progress = send(ledger, transport, most=7)
    assert progress.remaining is None
    assert transport.given.total() == 7
    assert ledger.recorded == {DeliveryState.SENT: 7}
    assert not ledger.in_flight


def test_outcomes_are_recorded_as_they_are() -> None:
    def act(envelope: Envelope) -> Outcome:
        is_gone = envelope.recipient.startswith("r3")
        return Outcome(Verdict.DEAD, "5.1.1", is_gone=True) if is_gone else Outcome(Verdict.DEFERRED, "4.2.2")

    ledger = FakeLedger(40)
    progress = send(ledger, FakeTransport(act))
    assert ledger.recorded == +progress.counts == {DeliveryState.DEAD: 11, DeliveryState.DEFERRED: 29}


@pytest.mark.parametrize("signs", [False, True])
def test_an_address_that_fits_no_message_is_dead_and_holds_nobody_up(*, signs: bool) -> None:
    def envelope(claim: DeliveryClaim) -> Envelope:
        if claim.subscriber % 2:
            reason = "not an address"
            raise BriefingError(reason)
        return make(claim)

    ledger, transport = FakeLedger(41), FakeTransport()
    send(ledger, transport, envelope=envelope, signs=signs)
    assert ledger.recorded == {DeliveryState.SENT: 21, DeliveryState.DEAD: 20}
    assert transport.given.total() == 21


def test_a_refusal_of_everything_stops_the_run() -> None:
    ledger = FakeLedger(4000)
    progress = send(ledger, FakeTransport(lambda _: Outcome(Verdict.RETURNED, "5.7.1", refusal="nothing from us")))
    assert progress.refusal == "nothing from us"
    assert not ledger.in_flight
    assert ledger.recorded.total() <= CONNECTIONS


def test_a_server_that_cannot_be_reached_stops_the_run() -> None:
    class Away(FakeTransport):
        @asynccontextmanager
        async def channel(self) -> AsyncIterator[FakeChannel]:
            if len(self.given) < 1:
                reason = "mail.example.org cannot be reached"
                raise UnreachableError(reason)
            yield FakeChannel(self)

    ledger = FakeLedger(400)
    progress = send(ledger, Away())
    assert progress.refusal == "mail.example.org cannot be reached"
    assert not ledger.recorded


def test_a_server_that_accepts_nothing_for_minutes_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_GIVE_UP", 0.3)
    taken: list[str] = []

    def act(envelope: Envelope) -> Outcome:
        taken.append(envelope.recipient)
        return Outcome(Verdict.SENT, "250") if len(taken) < 10 else Outcome(Verdict.RETURNED, "421", wait=0.05)

    shown: set[str] = set()
    ledger = FakeLedger(400)
    progress = send(ledger, FakeTransport(act), show=lambda progress: shown.add(progress.waits_for))
    assert progress.refusal == "fake accepts no messages now"
    assert progress.refusal in shown
    assert not ledger.in_flight


def test_a_mistake_of_ours_ends_the_run_with_its_error() -> None:
    def act(envelope: Envelope) -> Outcome:
        raise LookupError(envelope.recipient)

    with pytest.raises(LookupError):
        send(FakeLedger(40), FakeTransport(act))


@pytest.mark.parametrize("is_remote", [False, True])
def test_a_ledger_that_recovers_loses_nothing(monkeypatch: pytest.MonkeyPatch, *, is_remote: bool) -> None:
    monkeypatch.setattr(asyncio, "sleep", _quick(asyncio.sleep))

    class Faulty(FakeLedger):
        failures = 3

        def exchange(self, changes: Sequence[StateChange], wanted: int, clock: float) -> Batch:
            if len(self.left) < 200 and self.failures:
                self.failures -= 1
                reason = "no room"
                raise DatabaseError(reason)
            return super().exchange(changes, wanted, clock)

    ledger, transport = Faulty(400), FakeTransport()
    ledger.is_remote = is_remote
    progress = send(ledger, transport)
    assert ledger.recorded == +progress.counts == {DeliveryState.SENT: 400}
    assert set(transport.given.values()) == {1}


def test_a_ledger_that_keeps_failing_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio, "sleep", _quick(asyncio.sleep))

    class Failing(FakeLedger):
        def exchange(self, changes: Sequence[StateChange], wanted: int, clock: float) -> Batch:
            if len(self.left) < 200:
                reason = "no room"
                raise DatabaseError(reason)
            return super().exchange(changes, wanted, clock)

    ledger, transport = Failing(400), FakeTransport()
    with pytest.raises(DatabaseError, match="no room"):
        send(ledger, transport)
    assert len(ledger.in_flight) <= CONNECTIONS
    assert set(transport.given.values()) == {1}


def test_a_signal_lets_messages_in_flight_finish() -> None:
    def interrupt(progress: Progress) -> None:
        if not progress.is_interrupted and ledger.recorded:
            os.kill(os.getpid(), signal.SIGINT)

    ledger, transport = FakeLedger(20_000), FakeTransport()
    progress = send(ledger, transport, show=interrupt)
    assert progress.is_interrupted
    assert not progress.refusal
    assert not ledger.in_flight
    assert ledger.left
    assert ledger.recorded == {DeliveryState.SENT: transport.given.total()}


def _quick(sleep: Callable[[float], object]) -> Callable[[float], object]:
    """A second of waiting for the ledger takes a hundredth."""
    return lambda seconds: sleep(seconds / 100 if seconds == 1 else seconds)
