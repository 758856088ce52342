"""The letters that wait, as rows: taken one by one, each for as long as it may take, then done with or due again.

What is given up is counted, and told at once for all that a round gave up.

A row is deleted once the transport has taken the letter. Who is killed in between leaves a letter that is due again later:
a reader may get a mail to confirm twice, and never none.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select, update

from briefing.delivery.listserver.composing import Notification
from briefing.delivery.sending.transports.contract import Verdict
from briefing.delivery.store import membership
from briefing.delivery.store.notification_queue import LIFETIME, NotificationKind, drop_letters, has_due
from briefing.delivery.store.tables import LETTERS, MOVES, SUBSCRIBERS, Membership
from briefing.pages.formats import format_count

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Row

    from briefing.delivery.sending.transports.contract import Outcome
    from briefing.delivery.store.database import Database

GIVEN_UP: Final = 2 * 24 * 3600
"""Seconds after which a letter is not tried again, from when it was asked for."""
_STALE: Final = LIFETIME - 24 * 3600  # after which it is not tried at all: its link would be void too soon
_LEASE: Final = (
    15 * 60
)  # seconds after which a letter that is being sent is taken for lost: longer than any transport waits
_FIRST: Final = 60  # seconds until the second attempt, then twice as long each time
_LAST: Final = 3600


@dataclass(frozen=True, slots=True)
class Waiting:
    """A letter taken to be sent: its row, how often it was tried with this time, and what it is."""

    id: int
    attempts: int
    letter: Notification


@dataclass(frozen=True, slots=True)
class Tray:
    """Several processes may take from it: none gets what another has. say: given a line for the log."""

    database: Database
    say: Callable[[str], None]
    _dropped: Counter[str] = field(default_factory=Counter)

    def is_due(self, now: int) -> bool:
        """Whether there is anything to take."""
        with self.database.reading() as connection:
            return has_due(connection, now)

    def take(self, now: int) -> Waiting | None:
        """The letter that is due longest, now the caller's; what can no longer be sent is dropped on the way."""
        due = select(LETTERS).where(LETTERS.c.due <= now).order_by(LETTERS.c.due, LETTERS.c.id).limit(1)
        while True:
            with self.database.writing() as connection:
                row = connection.execute(due.with_for_update(skip_locked=True)).one_or_none()
                if row is None:
                    return None
                is_late = now > row.at + (GIVEN_UP if row.attempts else _STALE)
                letter = _letter(connection, row)
                if letter and not is_late:
                    taken = {"due": now + _LEASE, "attempts": row.attempts + 1}
                    connection.execute(update(LETTERS).where(LETTERS.c.id == row.id).values(taken))
                    return Waiting(row.id, row.attempts + 1, letter)
                drop_letters(connection, LETTERS.c.id == row.id)
                self._dropped[f"{row.kind}, {'too late' if letter else 'of no more use'}"] += 1

    def settle(self, waiting: Waiting, outcome: Outcome, now: int) -> None:
        """Be done with a letter, or let it be due again."""
        # One that took this one's place meanwhile may have its number, and has not been tried.
        mine = (LETTERS.c.id == waiting.id) & (LETTERS.c.attempts == waiting.attempts)
        with self.database.writing() as connection:
            if outcome.verdict is Verdict.SENT:
                connection.execute(delete(LETTERS).where(mine))
            elif outcome.verdict is Verdict.DEAD and not outcome.refusal:
                if drop_letters(connection, mine):
                    self._dropped[f"{waiting.letter.kind}, refused for good ({outcome.status or 'no status'})"] += 1
            else:
                due = now + int(max(outcome.wait, backoff(waiting.attempts)))
                connection.execute(update(LETTERS).where(mine).values(due=due))

    def tell(self) -> None:
        """Say what was given up since the last time, by kind and reason."""
        for what, number in sorted(self._dropped.items()):
            self.say(f"{format_count(number, 'letter')} given up: {what}")
        self._dropped.clear()


def backoff(attempts: int) -> int:
    """Seconds until a letter is tried again that was tried so often."""
    return min(_FIRST << min(attempts - 1, 10), _LAST)


def _letter(connection: Connection, row: Row[tuple[int, str, str, int, int, int, str, str]]) -> Notification | None:
    """What a row asks for, with the address as it is now; None where that is no longer of use."""
    kind = NotificationKind(row.kind)
    if kind is NotificationKind.MOVED:  # even if whoever moved it has left since
        is_barred = membership.suppression(connection, row.hash)
        return None if is_barred else Notification(kind, row.reader, row.address, row.at)
    known = connection.execute(
        select(SUBSCRIBERS.c.address, SUBSCRIBERS.c.state).where(SUBSCRIBERS.c.reader == row.reader)
    ).one_or_none()
    if known is None or (kind is not NotificationKind.CONFIRM and known.state != Membership.CONFIRMED):
        return None
    address: str | None = known.address
    if kind is NotificationKind.MOVE:
        mine = (MOVES.c.reader == row.reader) & (MOVES.c.at == row.at)
        address = connection.execute(select(MOVES.c.address).where(mine)).scalar()
    return Notification(kind, row.reader, address, row.at) if address else None
