"""The letters that wait, sent one by one until none is left; what fails is tried again.

A letter's row is deleted once the messenger has taken it. Who is killed in between sends it again later: a reader may get
a mail to confirm twice, and never none.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, exists, select, update

from briefing.delivery.letters import LIFETIME, Kind
from briefing.delivery.listserver.guard import said_of
from briefing.delivery.listserver.writing import Letter
from briefing.delivery.messengers.contract import Outcome, UnreachableError, Verdict
from briefing.delivery.schema import LETTERS, MOVES, SUBSCRIBERS, Membership

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Row

    from briefing.delivery.database import Database
    from briefing.delivery.listserver.acts import Acts
    from briefing.delivery.listserver.writing import Writer
    from briefing.delivery.messengers.contract import Channel, Messenger

GIVEN_UP: Final = 2 * 24 * 3600
"""Seconds after which a letter is not tried again, from when it was asked for."""
_STALE: Final = LIFETIME - 24 * 3600  # after which it is not tried at all: its link would be void too soon
_POLL: Final = 5.0  # seconds; another process may queue letters too
_LEASE: Final = (
    15 * 60
)  # seconds after which a letter that is being sent is taken for lost: longer than any messenger waits
_FIRST: Final = 60  # seconds until the second attempt, then twice as long each time
_LAST: Final = 3600
_PAUSE: Final = 30  # seconds in which nothing is tried while the other side cannot be reached
_REFUSED: Final = 600  # the same after a refusal of all we send
_TIDY: Final = 3600
_AT_END: Final = 10.0  # seconds for the letters that are due when the server stops
_CHANNELS: Final = 4


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter taken to be sent: its row, how often it was tried with this time, and what it is."""

    id: int
    attempts: int
    letter: Letter


class Postman:
    """One for each process. say: given a line for the log, free of addresses."""

    def __init__(
        self, acts: Acts, messenger: Messenger, writer: Writer, clock: Callable[[], int], say: Callable[[str], None]
    ) -> None:
        """Nothing is sent before `run`."""
        self._acts = acts
        self._database: Database = acts.database
        self._messenger = messenger
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
        await self._messenger.close()

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
                await asyncio.to_thread(self._acts.tidy, self._clock())
            if self._clock() >= self._paused_until and await asyncio.to_thread(self._is_due):
                channels = min(self._messenger.traits.connections, _CHANNELS)
                await asyncio.gather(*(self._walk() for _ in range(channels)))

    async def _walk(self) -> None:
        """One letter after the other over one channel, renewed where it is used up."""
        with self._telling():
            async with AsyncExitStack() as stack:
                channel: Channel | None = None
                while self._clock() >= self._paused_until and (waiting := await asyncio.to_thread(self._take)):
                    parcel = await asyncio.to_thread(self._writer.write, waiting.letter, self._clock())
                    try:
                        if channel is None or not channel.is_open:
                            await stack.aclose()
                            channel = await stack.enter_async_context(self._messenger.channel())
                        outcome = await channel.deliver(parcel)
                    except UnreachableError as error:
                        self._say(f"letters wait: {error}")
                        outcome = Outcome(Verdict.RETURNED, wait=max(error.wait, _PAUSE))
                        self._paused_until = self._clock() + _PAUSE
                    await asyncio.to_thread(self._settle, waiting, outcome)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it was, the next letters must still be sent
            self._say(said_of(error))

    def _is_due(self) -> bool:
        with self._database.reading() as connection:
            return bool(connection.execute(select(exists().where(LETTERS.c.due <= self._clock()))).scalar())

    def _take(self) -> Waiting | None:
        """The letter that is due longest, now ours; what can no longer be sent is dropped on the way."""
        now = self._clock()
        due = select(LETTERS).where(LETTERS.c.due <= now).order_by(LETTERS.c.due, LETTERS.c.id).limit(1)
        while True:
            with self._database.writing() as connection:
                row = connection.execute(due.with_for_update(skip_locked=True)).one_or_none()
                if row is None:
                    return None
                is_late = now > row.at + (GIVEN_UP if row.attempts else _STALE)
                letter = None if is_late else _letter(connection, row)
                if letter:
                    taken = {"due": now + _LEASE, "attempts": row.attempts + 1}
                    connection.execute(update(LETTERS).where(LETTERS.c.id == row.id).values(taken))
                    return Waiting(row.id, row.attempts + 1, letter)
                connection.execute(delete(LETTERS).where(LETTERS.c.id == row.id))
                self._say(f"a {row.kind} letter was dropped: it is too late, or of no more use")

    def _settle(self, waiting: Waiting, outcome: Outcome) -> None:
        mine = LETTERS.c.id == waiting.id
        if outcome.refusal:
            self._say(f"letters wait: {outcome.refusal}")
            self._paused_until = self._clock() + _REFUSED
        with self._database.writing() as connection:
            if outcome.verdict is Verdict.SENT:
                connection.execute(delete(LETTERS).where(mine))
            elif outcome.verdict is Verdict.DEAD and not outcome.refusal:
                connection.execute(delete(LETTERS).where(mine))
                self._say(f"a {waiting.letter.kind} letter was refused for good ({outcome.status or 'no status'})")
            else:
                due = self._clock() + max(outcome.wait, backoff(waiting.attempts))
                connection.execute(update(LETTERS).where(mine).values(due=int(due)))


def backoff(attempts: int) -> int:
    """Seconds until a letter is tried again that was tried so often."""
    return min(_FIRST << min(attempts - 1, 10), _LAST)


def _letter(connection: Connection, row: Row[tuple[int, str, str, int, int, int]]) -> Letter | None:
    """What a row asks for, with the address as it is now; None where that is no longer of use."""
    kind = Kind(row.kind)
    known = connection.execute(
        select(SUBSCRIBERS.c.address, SUBSCRIBERS.c.state).where(SUBSCRIBERS.c.reader == row.reader)
    ).one_or_none()
    if known is None or (kind is not Kind.CONFIRM and known.state != Membership.CONFIRMED):
        return None
    address: str | None = known.address
    if kind is Kind.MOVE:
        mine = (MOVES.c.reader == row.reader) & (MOVES.c.at == row.at)
        address = connection.execute(select(MOVES.c.address).where(mine)).scalar()
    return Letter(kind, row.reader, address, row.at) if address else None
