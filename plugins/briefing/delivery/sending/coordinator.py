"""The one who keeps the ledger for all hands: what they report and what they ask for goes into one transaction."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from briefing.delivery.sending.ledger import Rest
from briefing.delivery.sending.outcomes import change
from briefing.delivery.sending.transports.contract import Verdict
from briefing.delivery.store.database_errors import DatabaseError
from briefing.delivery.store.tables import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Callable

    from briefing.delivery.sending.ledger import Handout, Ledger
    from briefing.delivery.sending.limits import Limits
    from briefing.delivery.sending.outcomes import DeliveryClaim, StateChange
    from briefing.delivery.sending.transports.contract import Outcome
    from briefing.delivery.sending.uncertain import Unknown

_GIVES_UP: Final = 900.0  # seconds without a single message taken after which the run stops,
_NEVER_BEGAN: Final = 60.0  # and where none has been taken at all
_GATHERING: Final = 0.003  # seconds for which one who asks waits for others, so that one transaction serves them all
_RETRIES: Final = 5  # times that the ledger is asked again, a second apart, before the run stops


@dataclass(slots=True)
class Run:
    """What one run has done so far.

    counts: its own changes by state. rest, again_at: why it ended, as in Handout; None where it was stopped.
    refusal: why the other side takes nothing from us, free of addresses. is_interrupted: by a signal. waits_for:
    why nothing is taken at the moment. taken_at: when something last was, on the monotonic clock.
    """

    counts: Counter[DeliveryState] = field(default_factory=Counter)
    rest: Rest | None = None
    again_at: float = 0
    refusal: str = ""
    is_interrupted: bool = False
    waits_for: str = ""
    taken_at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingTerms:
    """How a run goes. waits: stays while deliveries are only deferred. most: how many readers, 0 for all.

    unknown: what is done about deliveries in doubt. retry_seconds: how long a refused delivery is tried.
    signs: whether we sign the messages ourselves, which costs more than all the rest of handing them over.
    """

    limits: Limits
    unknown: Unknown
    waits: bool
    most: int
    retry_seconds: float
    signs: bool


class Clerk:
    """Fulfils `Office`. Who asks is called back with one claim, or with None where this run has no more."""

    def __init__(self, ledger: Ledger, terms: SendingTerms, run: Run, crowd: int) -> None:
        """`run` is kept up to date. crowd: how many are served at once without waiting for more to ask."""
        self._ledger = ledger
        self._terms = terms
        self._run = run
        self._crowd = crowd
        self._reports: list[StateChange] = []
        self._asking: list[Callable[[DeliveryClaim | None], None]] = []
        self._given = 0
        self._turn = _Turn()
        self._failure: DatabaseError | None = None
        self._is_ended = self._has_begun = False
        self.stopped = asyncio.Event()
        # A database of this machine answers faster than a thread could be told to ask it.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger") if ledger.is_remote else None

    def wait(self, reason: str) -> None:
        """Say why nothing is taken now; after some minutes that stops the run, and sooner where nothing ever was."""
        self._run.waits_for = reason
        patience = _GIVES_UP if self._has_begun else _NEVER_BEGAN
        if time.monotonic() - self._run.taken_at > patience:
            self.refuse(reason)

    def report(self, claim: DeliveryClaim, outcome: Outcome) -> None:
        """Let it be kept with the next transaction."""
        if outcome.verdict is not Verdict.RETURNED:
            self._run.taken_at = time.monotonic()
            self._run.waits_for = ""
            self._has_begun = True
        now = int(time.time())
        self._reports.append(change(claim, outcome, now, self._terms.retry_seconds, random.random()))  # noqa: S311
        self._turn.come_within(_GATHERING)

    async def ask(self) -> DeliveryClaim | None:
        """The next delivery to hand over; None where this run has no more, or the ledger has failed."""
        asked: asyncio.Future[DeliveryClaim | None] = asyncio.get_running_loop().create_future()
        self.call(lambda claim: None if asked.done() else asked.set_result(claim))
        return await asked

    def call(self, give: Callable[[DeliveryClaim | None], None]) -> None:
        """As `ask`: `give` is called once, not from within."""
        self._asking.append(give)
        self._turn.come_within(0 if len(self._asking) >= self._crowd else _GATHERING)

    def stop(self) -> None:
        """Give out nothing more; what is reported is still kept."""
        self.stopped.set()
        self._turn.come_within(0)

    def refuse(self, reason: str) -> None:
        """Stop because the other side refuses us as a whole."""
        self._run.refusal = self._run.refusal or reason
        self.stop()

    async def work(self) -> None:
        """Until `end`, or the ledger fails for good: then nobody is given anything, and `require_kept` says why."""
        try:
            while not self._is_ended or self._reports:
                await self._turn.comes()
                await self._serve()
        except DatabaseError as error:
            self._failure = error
            self.stopped.set()
            while not self._is_ended:
                self._dismiss()
                await self._turn.comes()
        finally:
            self._dismiss()
            if self._thread:
                self._thread.shutdown()

    def end(self) -> None:
        """Keep what was reported last, and let `work` come to its end."""
        self._is_ended = True
        self._turn.come_within(0)

    def require_kept(self) -> None:
        """Raise DatabaseError where something that was reported could not be kept."""
        if self._failure:
            raise self._failure

    async def _serve(self) -> None:
        """One transaction."""
        reports, self._reports = self._reports, []
        wanted = 0 if self.stopped.is_set() else len(self._asking)
        if self._terms.most:
            wanted = min(wanted, self._terms.most - self._given)
        handout = await self._exchange(reports, wanted)
        self._count(reports, handout)
        served, self._asking = self._asking[: len(handout.claims)], self._asking[len(handout.claims) :]
        for give, claim in zip(served, handout.claims, strict=True):
            give(claim)
        if self._is_over(handout, wanted):
            self._dismiss()
        elif self._asking:
            self._turn.come_within(max(handout.again_at - time.time(), 0.01) if handout.again_at else _GATHERING)

    def _dismiss(self) -> None:
        asking, self._asking = self._asking, []
        for give in asking:
            give(None)

    async def _exchange(self, reports: list[StateChange], wanted: int) -> Handout:
        for _ in range(_RETRIES):
            try:
                return await self._try(reports, wanted)
            except DatabaseError:
                await asyncio.sleep(1)
            with suppress(DatabaseError):
                await self._try(reports, 0)  # first of all keep what is known: room for that there may be
                reports = []
        return await self._try(reports, wanted)

    async def _try(self, reports: list[StateChange], wanted: int) -> Handout:
        if self._thread is None:
            return self._ledger.exchange(reports, wanted, time.time())
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._ledger.exchange, reports, wanted, time.time())

    def _count(self, reports: list[StateChange], handout: Handout) -> None:
        counts = self._run.counts
        counts.update(report.state for report in reports)
        counts[DeliveryState.SUPPRESSED] += handout.suppressed
        counts[DeliveryState.DEFERRED] += handout.deferred
        self._given += len(handout.claims)

    def _is_over(self, handout: Handout, wanted: int) -> bool:
        if self.stopped.is_set() or (self._terms.most and self._given >= self._terms.most):
            return True
        if not wanted or handout.rest in {None, Rest.BUSY, Rest.PACE}:
            return False
        self._run.rest, self._run.again_at = handout.rest, handout.again_at
        return handout.rest is Rest.OVER or not self._terms.waits


class _Turn:
    """When the clerk works next: the earliest moment that anybody has asked for."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._has_come = False
        self._waiting: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def come_within(self, seconds: float) -> None:
        if self._has_come:
            return
        if not seconds:
            self._come()
        elif self._timer is None or self._timer.when() > self._loop.time() + seconds:
            self._forget()
            self._timer = self._loop.call_later(seconds, self._come)

    async def comes(self) -> None:
        if not self._has_come:
            self._waiting = self._loop.create_future()
            await self._waiting
            self._waiting = None
        self._has_come = False
        self._forget()

    def _come(self) -> None:
        self._has_come = True
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(None)

    def _forget(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
