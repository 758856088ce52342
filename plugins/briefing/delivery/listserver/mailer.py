"""Sends the queued notifications of the `outbox`."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from briefing.delivery.listserver.middleware import error_line
from briefing.delivery.listserver.outbox import Outbox
from briefing.delivery.sending.single_mail import SingleMail
from briefing.delivery.sending.transports.contract import Outcome, UnreachableError, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from briefing.delivery.listserver.composing import Composer
    from briefing.delivery.listserver.operations import Operations
    from briefing.delivery.sending.transports.contract import Transport

_POLL: Final = 5.0  # seconds; another process may queue notifications too
_PAUSE: Final = 30  # seconds to wait after the server could not be reached
_REFUSED: Final = 600  # seconds to wait after it refused all that we send
_TIDY: Final = 3600
_GRACE: Final = 10.0  # seconds for what is due when the server stops
_CHANNELS: Final = 4


class Mailer:
    """One for each process. log: receives lines without addresses."""

    def __init__(
        self,
        operations: Operations,
        transport: Transport,
        composer: Composer,
        clock: Callable[[], int],
        log: Callable[[str], None],
    ) -> None:
        """Nothing is sent before `run`."""
        self._operations = operations
        self._outbox = Outbox(operations.database, log)
        self._transport = transport
        self._composer = composer
        self._clock = clock
        self._log = log
        self._woken = asyncio.Event()
        self._is_ending = False
        self._paused_until = 0
        self._tidied = 0

    def wake(self) -> None:
        """Check the outbox now."""
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
        """Finish what is due, for some seconds; the rest waits for the next run."""
        self._is_ending = True
        self._woken.set()
        try:
            async with asyncio.timeout(_GRACE):
                await running
                await self._round()
        except TimeoutError:
            self._log("stopped while notifications were still due; the next run sends them")
        await self._transport.close()

    async def _sleep(self) -> None:
        try:
            async with asyncio.timeout(_POLL):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _round(self) -> None:
        """Send everything that is due. A failure is logged, and does not stop the next round."""
        with self._errors_logged():
            if self._clock() >= self._tidied + _TIDY:
                self._tidied = self._clock()
                await asyncio.to_thread(self._operations.tidy, self._clock())
            if self._clock() >= self._paused_until and await asyncio.to_thread(self._outbox.is_due, self._clock()):
                channels = min(self._transport.traits.connections, _CHANNELS)
                await asyncio.gather(*(self._send_queued() for _ in range(channels)))
                self._outbox.log_dropped()

    async def _send_queued(self) -> None:
        """Send one notification after the other."""
        with self._errors_logged():
            async with SingleMail(self._transport) as mail:
                while self._clock() >= self._paused_until and (
                    queued := await asyncio.to_thread(self._outbox.take, self._clock())
                ):
                    envelope = await asyncio.to_thread(self._composer.compose, queued.notification, self._clock())
                    try:
                        outcome = await mail.send_one(envelope)
                    except UnreachableError as error:
                        self._log(f"notifications wait: {error}")
                        outcome = Outcome(Verdict.RETURNED, wait=max(error.wait, _PAUSE))
                        self._paused_until = self._clock() + _PAUSE
                    self._pause_after(outcome)
                    await asyncio.to_thread(self._outbox.settle, queued, outcome, self._clock())

    def _pause_after(self, outcome: Outcome) -> None:
        """Pause if everything that we send is refused."""
        if outcome.refusal:
            self._log(f"notifications wait: {outcome.refusal}")
            self._paused_until = self._clock() + _REFUSED

    @contextmanager
    def _errors_logged(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it was, the next notifications must be sent
            self._log(error_line(error))
