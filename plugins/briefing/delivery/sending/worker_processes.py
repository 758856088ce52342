"""Hands in processes of their own, so that signing uses every core of the machine.

A branch is a child process with some of the hands and a line to the clerk, who stays the only one that touches the
ledger: a socket pair that carries one JSON object a line. Upwards: `done`, what became of claims; `asks`, how many
more hands wait for work; `waits` and `refusal`, reasons. Downwards: `claims`; `over`, for how many who asked there is
no more; `stop`. A branch whose line breaks ends at once, so that a killed sender leaves nobody at work, and it holds
the sender's lock for as long as it lives, because it inherits the lock's file and the database's connection.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import signal
import socket
import traceback
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from briefing.delivery.sending.outcomes import DeliveryClaim
from briefing.delivery.sending.transports.contract import Outcome, Verdict
from briefing.delivery.sending.workers import work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.context import ForkProcess

    from briefing.delivery.sending.coordinator import Clerk
    from briefing.delivery.sending.transports.contract import Envelope, Transport

_GATHERING: Final = 0.001  # seconds for which one hand's news waits for the others', so that one line carries them all
_FAREWELL: Final = 10.0  # seconds for a branch to end by itself
_LONGEST: Final = 2**20  # octets of a line
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Branch:
    """A child process, seen from the clerk's."""

    line: socket.socket
    process: ForkProcess

    async def serve(self, clerk: Clerk) -> None:
        """Pass on what its hands ask and report, until they have ended; where it dies first, the run is stopped."""
        reader, writer = await asyncio.open_unix_connection(sock=self.line, limit=_LONGEST)
        held: dict[int, DeliveryClaim] = {}
        post = _Post(writer)

        def give(claim: DeliveryClaim | None) -> None:
            if claim is None:
                post.over += 1
            else:
                held[claim.subscriber] = claim
                post.claims.append(_parts(claim))
            post.leave_soon()

        stopping = asyncio.create_task(_tell_when(clerk.stopped, writer))
        try:
            while line := await reader.readline():
                news = json.loads(line)
                for number, verdict, *rest in news.get("done", ()):
                    clerk.report(held.pop(number), Outcome(Verdict(verdict), *rest))
                if "refusal" in news:
                    clerk.refuse(news["refusal"])
                if "waits" in news:
                    clerk.wait(news["waits"])
                for _ in range(news.get("asks", 0)):
                    clerk.call(give)
        except ConnectionError:
            pass  # as at the end of a line: how the process ended says more
        finally:
            stopping.cancel()
            writer.close()
        await asyncio.to_thread(self.process.join, _FAREWELL)
        if self.process.exitcode != 0:
            # What its hands held is in doubt: the next run finds it so.
            clerk.refuse(f"a process of this sender {_how(self.process.exitcode)}")


@contextmanager
def branches(transport: Transport, make: Callable[[DeliveryClaim], Envelope], number: int) -> Iterator[list[Branch]]:
    """So many child processes that share the transport's channels; whatever is left of them at the end is killed."""
    crowds = [len(range(first, transport.traits.connections, number)) for first in range(number)]
    opened: list[Branch] = []
    try:
        for hands in crowds:
            opened.append(_begun(transport, make, hands, [branch.line for branch in opened]))
        yield opened
    finally:
        for branch in opened:
            branch.line.close()
            branch.process.join(_FAREWELL)
            branch.process.kill()
            branch.process.join()
            branch.process.close()


def _begun(
    transport: Transport, make: Callable[[DeliveryClaim], Envelope], hands: int, others: list[socket.socket]
) -> Branch:
    ours, theirs = socket.socketpair()

    def begin() -> None:
        for line in (ours, *others):
            line.close()  # else the end of the clerk's process would not be the end of the line
        _apart_from_signals()
        asyncio.run(_run(transport, make, hands, theirs))

    process = multiprocessing.get_context("fork").Process(target=begin, name="branch", daemon=True)
    held_back = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)  # until it is apart from them
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held_back)
    theirs.close()
    return Branch(ours, process)


def _apart_from_signals() -> None:
    """Ctrl-C reaches every process of a terminal; the clerk alone decides, and tells by the line."""
    signal.set_wakeup_fd(-1)
    for signum in _SIGNALS:
        signal.signal(signum, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


async def _run(
    transport: Transport, make: Callable[[DeliveryClaim], Envelope], hands: int, socket_: socket.socket
) -> None:
    reader, writer = await asyncio.open_unix_connection(sock=socket_, limit=_LONGEST)
    line = Line(writer, hands)
    listening = asyncio.create_task(line.listen(reader))
    listening.add_done_callback(_end)
    try:
        await work(line, transport, make, hands)
    finally:
        await transport.close()
        listening.cancel()
        line.hang_up()


def _end(listening: asyncio.Task[None]) -> None:
    """Nobody hears this process any more: it ends, whatever its hands do."""
    if listening.cancelled():
        return
    error = listening.exception()
    if error and not isinstance(error, ConnectionError):
        traceback.print_exception(error)
    os._exit(1)


class Line:
    """Fulfils `Office` in a branch: what is asked and reported goes to the clerk, many hands' news in one line."""

    def __init__(self, writer: asyncio.StreamWriter, hands: int) -> None:
        """For so many hands."""
        self.stopped = asyncio.Event()
        self._writer = writer
        self._hands = hands
        self._waiting: deque[asyncio.Future[DeliveryClaim | None]] = deque()
        self._asks = 0
        self._done: list[tuple[Any, ...]] = []
        self._timer: asyncio.TimerHandle | None = None

    async def ask(self) -> DeliveryClaim | None:
        """The next delivery to hand over; None where this run has no more."""
        asked: asyncio.Future[DeliveryClaim | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(asked)
        self._asks += 1
        self._leave_soon()
        return await asked

    def report(self, claim: DeliveryClaim, outcome: Outcome) -> None:
        """Let it be kept."""
        it = outcome
        self._done.append((claim.subscriber, it.verdict, it.status, it.wait, it.pauses_domain, it.is_gone, it.refusal))
        self._leave_soon()

    def wait(self, reason: str) -> None:
        """Say why nothing is taken now."""
        self._leave({"waits": reason})

    def refuse(self, reason: str) -> None:
        """Stop the run because the other side refuses us as a whole."""
        self.stopped.set()
        self._leave({"refusal": reason})

    async def listen(self, reader: asyncio.StreamReader) -> None:
        """Take what the clerk says, until the line breaks."""
        while line := await reader.readline():
            said = json.loads(line)
            for claim in said.get("claims", ()):
                self._give(DeliveryClaim(*claim))
            for _ in range(said.get("over", 0)):
                self._give(None)
            if "stop" in said:
                self.stopped.set()

    def hang_up(self) -> None:
        """Say what is left to be said."""
        self._leave({})
        self._writer.close()

    def _give(self, claim: DeliveryClaim | None) -> None:
        self._waiting.popleft().set_result(claim)

    def _leave_soon(self) -> None:
        if len(self._waiting) == self._hands:
            self._leave({})
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_GATHERING, self._leave, {})

    def _leave(self, news: dict[str, Any]) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._done:
            news["done"], self._done = self._done, []
        if self._asks:
            news["asks"], self._asks = self._asks, 0
        if news:
            _write(self._writer, news)


class _Post:
    """What leaves for a branch at the end of the loop's turn, so that one line carries all claims of a transaction."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.claims: list[tuple[Any, ...]] = []
        self.over = 0
        self._writer = writer
        self._is_leaving = False

    def leave_soon(self) -> None:
        if not self._is_leaving:
            self._is_leaving = True
            asyncio.get_running_loop().call_soon(self._leave)

    def _leave(self) -> None:
        _write(self._writer, {"claims": self.claims, "over": self.over})
        self.claims, self.over, self._is_leaving = [], 0, False


async def _tell_when(stopped: asyncio.Event, writer: asyncio.StreamWriter) -> None:
    await stopped.wait()
    _write(writer, {"stop": True})


def _write(writer: asyncio.StreamWriter, said: dict[str, Any]) -> None:
    writer.write(json.dumps(said, separators=(",", ":")).encode() + b"\n")


def _parts(claim: DeliveryClaim) -> tuple[int, str, str, str, int, int]:
    return claim.subscriber, claim.reader, claim.address, claim.domain, claim.attempts, claim.first_at


def _how(code: int | None) -> str:
    if code is None:
        return "does not end"
    return f"ended unexpectedly ({f'by signal {-code}' if code < 0 else f'with code {code}'})"
