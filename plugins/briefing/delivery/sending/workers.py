"""Hands that carry messages: each uses one channel at a time, and asks an office what to carry next."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol

from briefing.delivery.sending.transports.contract import Outcome, UnreachableError, Verdict
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from briefing.delivery.sending.outcomes import DeliveryClaim
    from briefing.delivery.sending.transports.contract import Channel, Envelope, Transport

_FIRST_WAIT: Final = 2.0  # seconds before a channel is opened again where the other side names no time,
_LAST_WAIT: Final = 300.0  # doubled each time up to this


class Office(Protocol):
    """Where hands get their work and say what became of it: the clerk, or a line to the clerk."""

    stopped: asyncio.Event

    async def ask(self) -> DeliveryClaim | None:
        """The next delivery to hand over; None where this run has no more."""

    def report(self, claim: DeliveryClaim, outcome: Outcome) -> None:
        """Let it be kept."""

    def wait(self, reason: str) -> None:
        """Say why nothing is taken now."""

    def refuse(self, reason: str) -> None:
        """Stop the run because the other side refuses us as a whole."""


class Hand:
    """One channel at a time, used up and opened again, until nothing is left."""

    def __init__(self, office: Office, transport: Transport, make: Callable[[DeliveryClaim], Envelope]) -> None:
        """`make` gives a claim's envelope."""
        self._office = office
        self._transport = transport
        self._make = make
        self._wait = _FIRST_WAIT

    async def work(self) -> None:
        """Until the office has no more, or the run is stopped."""
        while not self._office.stopped.is_set():
            try:
                async with self._transport.channel() as channel:
                    if await self._use(channel):
                        return
            except UnreachableError as error:
                if not error.wait:
                    self._office.refuse(str(error))
                await self._rest(error.wait, str(error))

    async def _use(self, channel: Channel) -> bool:
        """Whether nothing is left to do; False where the channel is used up."""
        while channel.is_open:
            claim = await self._office.ask()
            if claim is None:
                return True
            outcome = await self._hand_over(claim, channel)
            self._office.report(claim, outcome)
            if outcome.refusal:
                self._office.refuse(outcome.refusal)
            elif outcome.verdict is Verdict.RETURNED:
                await self._rest(outcome.wait, f"{self._transport.traits.name} takes no messages now")
            else:
                self._wait = _FIRST_WAIT
        return False

    async def _hand_over(self, claim: DeliveryClaim, channel: Channel) -> Outcome:
        try:
            envelope = self._make(claim)
        except BriefingError:  # an address that no message can be made for; every other message was tried out before
            return Outcome(Verdict.DEAD, "5.1.3")
        return await channel.deliver(envelope)

    async def _rest(self, asked: float, reason: str) -> None:
        """Leave the other side alone: as long as it asks, else longer and longer."""
        self._office.wait(reason)
        wait = asked or self._wait * (0.5 + random.random() / 2)  # noqa: S311
        self._wait = min(self._wait * 2, _LAST_WAIT)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._office.stopped.wait(), wait)


async def work(office: Office, transport: Transport, make: Callable[[DeliveryClaim], Envelope], hands: int) -> None:
    """Let so many hands work until nothing is left; where one fails, the others end and its error is raised."""
    await together(Hand(office, transport, make).work() for _ in range(hands))


async def together(parts: Iterable[Coroutine[None, None, None]]) -> None:
    """All of it at once; where one part fails, the others end and its error is raised."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        await asyncio.gather(*tasks)
    finally:
        await cancel(tasks)


async def cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    """End them, whatever they do, and wait for that."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
