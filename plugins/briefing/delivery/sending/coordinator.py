"""The coordinator: owns the ledger, fills the work queue, and records what the workers report.

Outcomes are recorded and new deliveries are claimed in one transaction for a batch of workers, so that a message costs
a fraction of a commit. Nothing is claimed before a worker is ready to hand it over: after a kill, at most one delivery
per worker is in doubt.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from briefing.delivery.sending.ledger import Remaining
from briefing.delivery.sending.outcomes import change
from briefing.delivery.sending.transports.contract import Outcome, Verdict
from briefing.delivery.store.database_errors import DatabaseError
from briefing.delivery.store.tables import DeliveryState
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Callable

    from briefing.delivery.sending.ledger import Batch, Ledger
    from briefing.delivery.sending.outcomes import DeliveryClaim, StateChange
    from briefing.delivery.sending.terms import Progress, SendingTerms
    from briefing.delivery.sending.transports.contract import Envelope

_GIVE_UP: Final = 900.0  # seconds without an accepted message after which the run stops,
_GIVE_UP_AT_START: Final = 60.0  # and if none has been accepted yet
_BATCH_WAIT: Final = 0.003  # seconds to wait for more workers to share a transaction
_RETRIES: Final = 5  # attempts to repeat a failed transaction, a second apart
_UNUSABLE: Final = Outcome(Verdict.DEAD, "5.1.3")


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A claimed delivery and the envelope to hand over."""

    claim: DeliveryClaim
    envelope: Envelope


class Coordinator:
    """One for each run. Workers call `next_item`, `report`, `report_delay` and `refuse`."""

    def __init__(
        self,
        ledger: Ledger,
        make: Callable[[DeliveryClaim], Envelope],
        terms: SendingTerms,
        progress: Progress,
        workers: int,
    ) -> None:
        """`make` gives the envelope of a claim. `progress` is kept up to date. workers: how many there are."""
        self.stopped = asyncio.Event()
        self._ledger = ledger
        self._make = make
        self._terms = terms
        self._progress = progress
        # Only the signature needs a thread: it takes longer than all the rest, and does not hold the interpreter's lock.
        self._signers = ThreadPoolExecutor(os.cpu_count(), "signer") if terms.signs else None
        self._queue: asyncio.Queue[DeliveryClaim | None] = asyncio.Queue()
        self._changes: list[StateChange] = []
        # Half of the workers make a batch: the other half is busy while the ledger answers.
        self._batch_size = max(workers // 2, 1)
        self._idle = 0
        self._has_news = asyncio.Event()
        self._has_batch = asyncio.Event()
        self._pause: float | None = None
        self._claimed = 0
        self._has_started = self._is_closed = self._is_ended = False
        self._accepted_at = time.monotonic()

    async def next_item(self) -> WorkItem | None:
        """The next envelope for a worker that is ready for one; None if this run has no more."""
        while (claim := await self._next_claim()) is not None:
            try:
                return WorkItem(claim, await self._envelope(claim))
            except BriefingError:  # the address cannot be written into a message; all the rest was checked before
                self.report(claim, _UNUSABLE)
        return None

    def report(self, claim: DeliveryClaim, outcome: Outcome) -> None:
        """Record an outcome with the next transaction."""
        if outcome.verdict is not Verdict.RETURNED:
            self._accepted_at = time.monotonic()
            self._progress.waits_for = ""
            self._has_started = True
        jitter = random.random()  # noqa: S311 - nothing secret depends on it
        self._changes.append(change(claim, outcome, int(time.time()), self._terms.retry_seconds, jitter))
        self._notify()

    def report_delay(self, reason: str) -> None:
        """Report why nothing is accepted now. After some minutes the run stops, or sooner if nothing ever was."""
        self._progress.waits_for = reason
        patience = _GIVE_UP if self._has_started else _GIVE_UP_AT_START
        if time.monotonic() - self._accepted_at > patience:
            self.refuse(reason)

    def refuse(self, reason: str) -> None:
        """Stop the run, because the server or service refuses all that we send."""
        self._progress.refusal = self._progress.refusal or reason
        self.stop()

    def stop(self) -> None:
        """Claim nothing more. What is reported is still recorded."""
        self.stopped.set()
        self._wake()

    def end(self) -> None:
        """Let `run` end, once everything reported is recorded."""
        self._is_ended = True
        self._wake()

    async def run(self) -> None:
        """Serve the workers until `end`. Raises DatabaseError if the ledger keeps failing; the workers end by that too."""
        try:
            while not self._is_ended or self._changes:
                await self._wait()
                await self._serve()
        finally:
            self.stopped.set()
            self._close()
            if self._signers:
                self._signers.shutdown()

    async def _serve(self) -> None:
        """One transaction: record what was reported, claim for the workers that are idle, and fill the queue."""
        changes, self._changes = self._changes, []
        wanted = self._wanted()
        if changes or wanted:
            batch = await self._exchange(changes, wanted)
            self._count(changes, batch)
            for claim in batch.claims:
                self._queue.put_nowait(claim)
            if wanted:
                self._plan(batch)
        if self.stopped.is_set() or (self._terms.most and self._claimed >= self._terms.most):
            self._close()

    def _plan(self, batch: Batch) -> None:
        """Decide when idle workers are served next, or that this run has no more for them."""
        if batch.remaining not in {None, Remaining.IN_FLIGHT, Remaining.RATE_LIMITED}:
            self._progress.remaining, self._progress.again_at = batch.remaining, batch.again_at
            if batch.remaining is Remaining.NOTHING or not self._terms.waits:
                self._close()
        self._pause = None
        if self._wanted():
            self._pause = max(batch.again_at - time.time(), 0.01) if batch.again_at else 0

    async def _next_claim(self) -> DeliveryClaim | None:
        self._idle += 1
        self._notify()
        try:
            claim = await self._queue.get()
        finally:
            self._idle -= 1
        if claim is None:
            self._queue.put_nowait(None)  # for the next worker
        return claim

    async def _envelope(self, claim: DeliveryClaim) -> Envelope:
        if self._signers is None:
            return self._make(claim)
        return await asyncio.get_running_loop().run_in_executor(self._signers, self._make, claim)

    def _wanted(self) -> int:
        if self._is_closed or self.stopped.is_set():
            return 0
        wanted = self._idle - self._queue.qsize()
        return min(wanted, self._terms.most - self._claimed) if self._terms.most else wanted

    def _close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._queue.put_nowait(None)

    def _count(self, changes: list[StateChange], batch: Batch) -> None:
        counts = self._progress.counts
        counts.update(change.state for change in changes)
        counts[DeliveryState.SUPPRESSED] += batch.suppressed
        counts[DeliveryState.DEFERRED] += batch.deferred
        self._claimed += len(batch.claims)

    async def _exchange(self, changes: list[StateChange], wanted: int) -> Batch:
        for _ in range(_RETRIES):
            try:
                return await self._try(changes, wanted)
            except DatabaseError:
                await asyncio.sleep(1)
            with suppress(DatabaseError):
                await self._try(changes, 0)  # record first what is known: there may be room for that
                changes = []
        return await self._try(changes, wanted)

    async def _try(self, changes: list[StateChange], wanted: int) -> Batch:
        if self._ledger.is_remote:
            return await asyncio.to_thread(self._ledger.exchange, changes, wanted, time.time())
        return self._ledger.exchange(changes, wanted, time.time())  # faster than a thread could be woken

    def _notify(self) -> None:
        self._has_news.set()
        if self._idle - self._queue.qsize() >= self._batch_size:
            self._has_batch.set()

    def _wake(self) -> None:
        self._has_news.set()
        self._has_batch.set()

    async def _wait(self) -> None:
        """Wait for news or until more may be claimed, and then for more news, which share the transaction."""
        await _set_within(self._pause, self._has_news)
        await _set_within(_BATCH_WAIT, self._has_batch)
        self._has_news.clear()
        self._has_batch.clear()


async def _set_within(seconds: float | None, event: asyncio.Event) -> None:
    """Wait until an event is set, and set it after so many seconds."""
    if event.is_set():
        return
    timer = asyncio.get_running_loop().call_later(seconds, event.set) if seconds is not None else None
    await event.wait()
    if timer:
        timer.cancel()
