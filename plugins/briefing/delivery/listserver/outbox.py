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
from briefing.delivery.store.notification_queue import LIFETIME, NotificationKind, drop_notifications, has_due
from briefing.delivery.store.tables import ADDRESS_CHANGES, NOTIFICATIONS, SUBSCRIBERS, Membership
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
class QueuedNotification:
    """A letter taken to be sent: its row, how often it was tried with this time, and what it is."""

    id: int
    attempts: int
    notification: Notification


@dataclass(frozen=True, slots=True)
class Outbox:
    """Several processes may take from it: none gets what another has. say: given a line for the log."""

    database: Database
    say: Callable[[str], None]
    _dropped: Counter[str] = field(default_factory=Counter)

    def is_due(self, now: int) -> bool:
        """Whether there is anything to take."""
        with self.database.reading() as connection:
            return has_due(connection, now)

    def take(self, now: int) -> QueuedNotification | None:
        """The letter that is due longest, now the caller's; what can no longer be sent is dropped on the way."""
        due = (
            select(NOTIFICATIONS)
            .where(NOTIFICATIONS.c.due <= now)
            .order_by(NOTIFICATIONS.c.due, NOTIFICATIONS.c.id)
            .limit(1)
        )
        while True:
            with self.database.writing() as connection:
                row = connection.execute(due.with_for_update(skip_locked=True)).one_or_none()
                if row is None:
                    return None
                is_late = now > row.at + (GIVEN_UP if row.attempts else _STALE)
                notification = _letter(connection, row)
                if notification and not is_late:
                    taken = {"due": now + _LEASE, "attempts": row.attempts + 1}
                    connection.execute(update(NOTIFICATIONS).where(NOTIFICATIONS.c.id == row.id).values(taken))
                    return QueuedNotification(row.id, row.attempts + 1, notification)
                drop_notifications(connection, NOTIFICATIONS.c.id == row.id)
                self._dropped[f"{row.kind}, {'too late' if notification else 'of no more use'}"] += 1

    def settle(self, queued: QueuedNotification, outcome: Outcome, now: int) -> None:
        """Be done with a letter, or let it be due again."""
        # One that took this one's place meanwhile may have its number, and has not been tried.
        mine = (NOTIFICATIONS.c.id == queued.id) & (NOTIFICATIONS.c.attempts == queued.attempts)
        with self.database.writing() as connection:
            if outcome.verdict is Verdict.SENT:
                connection.execute(delete(NOTIFICATIONS).where(mine))
            elif outcome.verdict is Verdict.DEAD and not outcome.refusal:
                if drop_notifications(connection, mine):
                    self._dropped[
                        f"{queued.notification.kind}, refused for good ({outcome.status or 'no status'})"
                    ] += 1
            else:
                due = now + int(max(outcome.wait, backoff(queued.attempts)))
                connection.execute(update(NOTIFICATIONS).where(mine).values(due=due))

    def tell(self) -> None:
        """Say what was given up since the last time, by kind and reason."""
        for what, number in sorted(self._dropped.items()):
            self.say(f"{format_count(number, 'notification')} given up: {what}")
        self._dropped.clear()


def backoff(attempts: int) -> int:
    """Seconds until a letter is tried again that was tried so often."""
    return min(_FIRST << min(attempts - 1, 10), _LAST)


def _letter(connection: Connection, row: Row[tuple[int, str, str, int, int, int, str, str]]) -> Notification | None:
    """What a row asks for, with the address as it is now; None where that is no longer of use."""
    kind = NotificationKind(row.kind)
    if kind is NotificationKind.ADDRESS_CHANGED:  # even if whoever moved it has left since
        is_barred = membership.suppression(connection, row.hash)
        return None if is_barred else Notification(kind, row.reader, row.address, row.at)
    known = connection.execute(
        select(SUBSCRIBERS.c.address, SUBSCRIBERS.c.state).where(SUBSCRIBERS.c.reader == row.reader)
    ).one_or_none()
    if known is None or (kind is not NotificationKind.CONFIRM and known.state != Membership.CONFIRMED):
        return None
    address: str | None = known.address
    if kind is NotificationKind.CHANGE_ADDRESS:
        mine = (ADDRESS_CHANGES.c.reader == row.reader) & (ADDRESS_CHANGES.c.at == row.at)
        address = connection.execute(select(ADDRESS_CHANGES.c.address).where(mine)).scalar()
    return Notification(kind, row.reader, address, row.at) if address else None
