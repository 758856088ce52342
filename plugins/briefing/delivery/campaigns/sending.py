"""The sending itself: channels that hand over one message at a time, and one clerk who keeps the ledger for them."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from briefing.delivery.campaigns.ledger import Rest
from briefing.delivery.campaigns.outcomes import change
from briefing.delivery.database import DatabaseError
from briefing.delivery.messengers.contract import Outcome, UnreachableError, Verdict
from briefing.delivery.schema import State
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator

    from briefing.delivery.campaigns.doubt import Unknown
    from briefing.delivery.campaigns.ledger import Handout, Ledger
    from briefing.delivery.campaigns.limits import Limits
    from briefing.delivery.campaigns.outcomes import Change, Claim
    from briefing.delivery.messengers.contract import Channel, Messenger, Parcel

_SIGNERS: Final = 2  # threads that sign: OpenSSL works outside the interpreter's lock
_FIRST_WAIT: Final = 2.0  # seconds before a channel is opened again where the other side names no time,
_LAST_WAIT: Final = 300.0  # doubled each time up to this
_GIVES_UP: Final = 900.0  # seconds without a single message taken after which the run stops,
_NEVER_BEGAN: Final = 60.0  # and where none has been taken at all
_GATHERING: Final = 0.003  # seconds for which one who asks waits for others, so that one transaction serves them all
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_RETRIES: Final = 5  # times that the ledger is asked again, a second apart, before the run stops


@dataclass(slots=True)
class Run:
    """What one run has done so far.

    counts: its own changes by state. rest, again_at: why it ended, as in Handout; None where it was stopped.
    refusal: why the other side takes nothing from us, free of addresses. is_interrupted: by a signal. waits_for:
    why nothing is taken at the moment. taken_at: when something last was, on the monotonic clock.
    """

    counts: Counter[State] = field(default_factory=Counter)
    rest: Rest | None = None
    again_at: float = 0
    refusal: str = ""
    is_interrupted: bool = False
    waits_for: str = ""
    taken_at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a run goes. waits: stays while deliveries are only deferred. most: how many readers, 0 for all.

    unknown: what is done about deliveries in doubt. retry_seconds: how long a refused delivery is tried. signs: whether parcels are signed, which is left to threads.
    """

    limits: Limits
    unknown: Unknown
    waits: bool
    most: int
    retry_seconds: float
    signs: bool


class Clerk:
    """Keeps the ledger for all channels: what they report and what they ask for goes into one transaction."""

    def __init__(self, ledger: Ledger, terms: Terms, run: Run, crowd: int) -> None:
        """`run` is kept up to date. crowd: how many may ask at once."""
        self._ledger = ledger
        self._terms = terms
        self._run = run
        self._reports: list[Change] = []
        self._asking: list[asyncio.Future[Claim | None]] = []
        self._given = 0
        self._most = crowd
        self._news = asyncio.Event()
        self._crowd = asyncio.Event()
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

    def report(self, claim: Claim, outcome: Outcome) -> None:
        """Let it be kept with the next transaction."""
        if outcome.verdict is not Verdict.RETURNED:
            self._run.taken_at = time.monotonic()
            self._run.waits_for = ""
            self._has_begun = True
        now = int(time.time())
        self._reports.append(change(claim, outcome, now, self._terms.retry_seconds, random.random()))  # noqa: S311
        self._news.set()

    async def ask(self) -> Claim | None:
        """The next delivery to hand over; None where this run has no more."""
        self.require_kept()
        asked: asyncio.Future[Claim | None] = asyncio.get_running_loop().create_future()
        self._asking.append(asked)
        self._news.set()
        if len(self._asking) >= self._most:
            self._crowd.set()
        return await asked

    def stop(self) -> None:
        """Give out nothing more; what is reported is still kept."""
        self.stopped.set()
        self._news.set()

    def refuse(self, reason: str) -> None:
        """Stop because the other side refuses us as a whole."""
        self._run.refusal = self._run.refusal or reason
        self.stop()

    async def work(self) -> None:
        """Until `end`, or the ledger fails for good: then whoever asks learns that."""
        until: float | None = None
        try:
            while not self._is_ended:
                await self._wait(until)
                until = await self._serve()
        except DatabaseError as error:
            self._failure = error
            for asked in self._asking:
                asked.set_exception(error)
        finally:
            if self._thread:
                self._thread.shutdown()

    def end(self) -> None:
        """Keep what was reported last, and let `work` come to its end."""
        self._is_ended = True
        self._news.set()

    def require_kept(self) -> None:
        """Raise DatabaseError where something that was reported could not be kept."""
        if self._failure:
            raise self._failure

    async def _wait(self, until: float | None) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), None if until is None else max(until - time.time(), 0.01))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._crowd.wait(), _GATHERING)
        self._crowd.clear()

    async def _serve(self) -> float | None:
        """One transaction. When to do the next without having been asked, None for never."""
        self._news.clear()
        reports, self._reports = self._reports, []
        wanted = 0 if self.stopped.is_set() else len(self._asking)
        if self._terms.most:
            wanted = min(wanted, self._terms.most - self._given)
        handout = await self._exchange(reports, wanted)
        self._count(reports, handout)
        for claim in handout.claims:
            self._asking.pop(0).set_result(claim)
        if self._is_over(handout, wanted):
            for asked in self._asking:
                asked.set_result(None)
            self._asking.clear()
        return handout.again_at if self._asking else None

    async def _exchange(self, reports: list[Change], wanted: int) -> Handout:
        for _ in range(_RETRIES):
            try:
                return await self._try(reports, wanted)
            except DatabaseError:
                await asyncio.sleep(1)
            with suppress(DatabaseError):
                await self._try(reports, 0)  # first of all keep what is known: room for that there may be
                reports = []
        return await self._try(reports, wanted)

    async def _try(self, reports: list[Change], wanted: int) -> Handout:
        if self._thread is None:
            return self._ledger.exchange(reports, wanted, time.time())
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._ledger.exchange, reports, wanted, time.time())

    def _count(self, reports: list[Change], handout: Handout) -> None:
        counts = self._run.counts
        counts.update(report.state for report in reports)
        counts[State.SUPPRESSED] += handout.suppressed
        counts[State.DEFERRED] += handout.deferred
        self._given += len(handout.claims)

    def _is_over(self, handout: Handout, wanted: int) -> bool:
        if self.stopped.is_set() or (self._terms.most and self._given >= self._terms.most):
            return True
        if not wanted or handout.rest in {None, Rest.BUSY, Rest.PACE}:
            return False
        self._run.rest, self._run.again_at = handout.rest, handout.again_at
        return handout.rest is Rest.OVER or not self._terms.waits


class Hand:
    """One channel at a time, used up and opened again, until nothing is left."""

    def __init__(self, clerk: Clerk, messenger: Messenger, make: Callable[[Claim], Awaitable[Parcel]]) -> None:
        """`make` gives a claim's parcel."""
        self._clerk = clerk
        self._messenger = messenger
        self._make = make
        self._wait = _FIRST_WAIT

    async def work(self) -> None:
        """Until the clerk has no more, or the run is stopped."""
        while not self._clerk.stopped.is_set():
            try:
                async with self._messenger.channel() as channel:
                    if await self._use(channel):
                        return
            except UnreachableError as error:
                if not error.wait:
                    self._clerk.refuse(str(error))
                await self._rest(error.wait, str(error))

    async def _use(self, channel: Channel) -> bool:
        """Whether nothing is left to do; False where the channel is used up."""
        while channel.is_open:
            claim = await self._clerk.ask()
            if claim is None:
                return True
            outcome = await self._hand_over(claim, channel)
            self._clerk.report(claim, outcome)
            if outcome.refusal:
                self._clerk.refuse(outcome.refusal)
            elif outcome.verdict is Verdict.RETURNED:
                await self._rest(outcome.wait, f"{self._messenger.traits.name} takes no messages now")
            else:
                self._wait = _FIRST_WAIT
        return False

    async def _hand_over(self, claim: Claim, channel: Channel) -> Outcome:
        try:
            parcel = await self._make(claim)
        except BriefingError:  # an address that no message can be made for; every other message was tried out before
            return Outcome(Verdict.DEAD, "5.1.3")
        return await channel.deliver(parcel)

    async def _rest(self, asked: float, reason: str) -> None:
        """Leave the other side alone: as long as it asks, else longer and longer."""
        self._clerk.wait(reason)
        wait = asked or self._wait * (0.5 + random.random() / 2)  # noqa: S311
        self._wait = min(self._wait * 2, _LAST_WAIT)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._clerk.stopped.wait(), wait)


async def send_all(
    ledger: Ledger, messenger: Messenger, make: Callable[[Claim], Parcel], terms: Terms, show: Callable[[Run], None]
) -> Run:
    """Hand over everything that may be handed over now, and say what was done; `show` is told twice a second.

    SIGINT, SIGTERM and SIGHUP end it after the messages in hand; a second one ends it at once, which leaves those in doubt.
    Raises DatabaseError where the ledger fails.
    """
    run = Run()
    clerk = Clerk(ledger, terms, run, messenger.traits.connections)
    loop = asyncio.get_running_loop()
    signers = ThreadPoolExecutor(_SIGNERS, thread_name_prefix="signer") if terms.signs else None

    async def parcel(claim: Claim) -> Parcel:
        return await loop.run_in_executor(signers, make, claim) if signers else make(claim)

    with _stopping(clerk, run, asyncio.current_task()):
        keeping = asyncio.create_task(clerk.work())
        showing = asyncio.create_task(_showing(run, show))
        try:
            await _together(Hand(clerk, messenger, parcel).work() for _ in range(messenger.traits.connections))
        finally:
            clerk.end()
            await keeping
            await _cancel([showing])
    clerk.require_kept()
    show(run)
    return run


async def _together(work: Iterable[Coroutine[None, None, None]]) -> None:
    """All of it at once; where one part fails, the others end and its error is raised."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        await _cancel(tasks)


async def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _showing(run: Run, show: Callable[[Run], None]) -> None:
    while True:
        show(run)
        await asyncio.sleep(0.5)


@contextmanager
def _stopping(clerk: Clerk, run: Run, task: asyncio.Task[Any] | None) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if run.is_interrupted and task:
            task.cancel()
        run.is_interrupted = True
        clerk.stop()

    for signum in _SIGNALS:
        loop.add_signal_handler(signum, stop)
    try:
        yield
    finally:
        for signum in _SIGNALS:
            loop.remove_signal_handler(signum)
