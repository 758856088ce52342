"""The workers: each owns one connection, and hands over one envelope at a time."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from briefing.delivery.sending.transports.contract import UnreachableError, Verdict

if TYPE_CHECKING:
    from briefing.delivery.sending.coordinator import Coordinator
    from briefing.delivery.sending.transports.contract import Channel, Transport

_FIRST_WAIT: Final = 2.0  # seconds before a new attempt if the other side names no time,
_LAST_WAIT: Final = 300.0  # doubled each time up to this


class Worker:
    """Opens a channel, takes envelopes from the work queue until the channel is used up, and opens the next."""

    def __init__(self, coordinator: Coordinator, transport: Transport) -> None:
        """Nothing is opened yet."""
        self._coordinator = coordinator
        self._transport = transport
        self._wait = _FIRST_WAIT

    async def run(self) -> None:
        """Work until the queue has no more, or the run is stopped."""
        while not self._coordinator.stopped.is_set():
            try:
                async with self._transport.channel() as channel:
                    if await self._use(channel):
                        return
            except UnreachableError as error:
                if not error.wait:
                    self._coordinator.refuse(str(error))
                await self._back_off(error.wait, str(error))

    async def _use(self, channel: Channel) -> bool:
        """Whether nothing is left to do; False if the channel is used up."""
        while channel.is_open:
            item = await self._coordinator.next_item()
            if item is None:
                return True
            outcome = await channel.deliver(item.envelope)
            self._coordinator.report(item.claim, outcome)
            if outcome.refusal:
                self._coordinator.refuse(outcome.refusal)
            elif outcome.verdict is Verdict.RETURNED:
                await self._back_off(outcome.wait, f"{self._transport.traits.name} accepts no messages now")
            else:
                self._wait = _FIRST_WAIT
        return False

    async def _back_off(self, seconds: float, reason: str) -> None:
        """Wait as long as the other side asks, else longer each time."""
        self._coordinator.report_delay(reason)
        wait = seconds or self._wait * (0.5 + random.random() / 2)  # noqa: S311 - nothing secret depends on it
        self._wait = min(self._wait * 2, _LAST_WAIT)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._coordinator.stopped.wait(), wait)
