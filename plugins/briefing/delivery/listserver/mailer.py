"""The letters that wait (`tray`), sent until none is left."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from briefing.delivery.listserver.middleware import said_of
from briefing.delivery.listserver.outbox import Outbox
from briefing.delivery.sending.single_mail import SingleMail
from briefing.delivery.sending.transports.contract import Outcome, UnreachableError, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from briefing.delivery.listserver.composing import Composer
    from briefing.delivery.listserver.operations import Operations
    from briefing.delivery.sending.transports.contract import Transport

_POLL: Final = 5.0  # seconds; another process may queue letters too
_PAUSE: Final = 30  # seconds in which nothing is tried while the other side cannot be reached
_REFUSED: Final = 600  # the same after a refusal of all we send
_TIDY: Final = 3600
_AT_END: Final = 10.0  # seconds for the letters that are due when the server stops
_CHANNELS: Final = 4


class Mailer:
    """One for each process. say: given a line for the log, free of addresses."""

    def __init__(
        self,
        operations: Operations,
        transport: Transport,
        writer: Composer,
        clock: Callable[[], int],
        say: Callable[[str], None],
    ) -> None:
        """Nothing is sent before `run`."""
        self._operations = operations
        self._outbox = Outbox(operations.database, say)
        self._transport = transport
        self._writer = writer
        self._clock = clock
        self._say = say
        self._woken = asyncio.Event()
        self._is_ending = False
        self._paused_until = 0
        self._tidied = 0

    def wake(self) -> None:
        """Look at once: a letter was queued."""
        self._woken.set()

    async def run(self) -> None:
        """Send until `end`."""
        while not self._is_ending:
            self._woken.clear()
            await self._round()
            if not self._is_ending:
                await self._sleep()

    async def once(self) -> None:
        """Send what is due now, and no more."""
        await self._round()
        await self._transport.close()

    async def end(self, running: asyncio.Task[None]) -> None:
        """Finish what is being sent and what is due, for some seconds; the rest waits for the next run."""
        self._is_ending = True
        self._woken.set()
        try:
            async with asyncio.timeout(_AT_END):
                await running
                await self._round()
        except TimeoutError:
            self._say("stopped while letters were still due; they wait for the next run")
        await self._transport.close()

    async def _sleep(self) -> None:
        try:
            async with asyncio.timeout(_POLL):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _round(self) -> None:
        """Everything that is due. A failure is told of, and the next round begins as if nothing had been."""
        with self._telling():
            if self._clock() >= self._tidied + _TIDY:
                self._tidied = self._clock()
                await asyncio.to_thread(self._operations.tidy, self._clock())
            if self._clock() >= self._paused_until and await asyncio.to_thread(self._outbox.is_due, self._clock()):
                channels = min(self._transport.traits.connections, _CHANNELS)
                await asyncio.gather(*(self._walk() for _ in range(channels)))
                self._outbox.tell()

    async def _walk(self) -> None:
        """One letter after the other."""
        with self._telling():
            async with SingleMail(self._transport) as mail:
                while self._clock() >= self._paused_until and (
                    queued := await asyncio.to_thread(self._outbox.take, self._clock())
                ):
                    envelope = await asyncio.to_thread(self._writer.write, queued.notification, self._clock())
                    try:
                        outcome = await mail.send_one(envelope)
                    except UnreachableError as error:
                        self._say(f"letters wait: {error}")
                        outcome = Outcome(Verdict.RETURNED, wait=max(error.wait, _PAUSE))
                        self._paused_until = self._clock() + _PAUSE
                    self._heed(outcome)
                    await asyncio.to_thread(self._outbox.settle, queued, outcome, self._clock())

    def _heed(self, outcome: Outcome) -> None:
        """Pause after a refusal of all we send."""
        if outcome.refusal:
            self._say(f"letters wait: {outcome.refusal}")
            self._paused_until = self._clock() + _REFUSED

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it was, the next letters must still be sent
            self._say(said_of(error))
