"""Queued notifications: leased one at a time, then deleted or due again.

What is given up is counted, and logged once per round.

A row is deleted after the transport accepted the message. If the process is killed in between, the lease ends and it is sent
again: a reader may get a confirmation twice, but never none.
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
"""Seconds after which a notification is not tried again, counted from the request."""
_STALE: Final = LIFETIME - 24 * 3600  # after which it is not tried at all: its link would expire too soon
_LEASE: Final = 15 * 60  # seconds; longer than any transport waits
_FIRST: Final = 60  # seconds until the second attempt, then twice as long each time
_LAST: Final = 3600


@dataclass(frozen=True, slots=True)
class QueuedNotification:
    """A leased notification. attempts: including this one."""

    id: int
    attempts: int
    notification: Notification


@dataclass(frozen=True, slots=True)
class Outbox:
    """Several processes may share it: none gets what another has leased. log: receives a line."""

    database: Database
    log: Callable[[str], None]
    _dropped: Counter[str] = field(default_factory=Counter)

    def is_due(self, now: int) -> bool:
        """Whether a notification is due."""
        with self.database.reading() as connection:
            return has_due(connection, now)

    def take(self, now: int) -> QueuedNotification | None:
        """Lease the notification that has been due longest. Those that cannot be sent any more are deleted."""
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
                notification = _notification(connection, row)
                if notification and not is_late:
                    taken = {"due": now + _LEASE, "attempts": row.attempts + 1}
                    connection.execute(update(NOTIFICATIONS).where(NOTIFICATIONS.c.id == row.id).values(taken))
                    return QueuedNotification(row.id, row.attempts + 1, notification)
                drop_notifications(connection, NOTIFICATIONS.c.id == row.id)
                self._dropped[f"{row.kind}, {'too late' if notification else 'no longer needed'}"] += 1

    def settle(self, queued: QueuedNotification, outcome: Outcome, now: int) -> None:
        """Delete a notification, or let it be due again."""
        # A notification that replaced this one in the meantime may have the same number, but fewer attempts.
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

    def log_dropped(self) -> None:
        """Log what was given up since the last call, by kind and reason."""
        for what, number in sorted(self._dropped.items()):
            self.log(f"{format_count(number, 'notification')} given up: {what}")
        self._dropped.clear()


def backoff(attempts: int) -> int:
    """Seconds until the next attempt."""
    return min(_FIRST << min(attempts - 1, 10), _LAST)


def _notification(
    connection: Connection, row: Row[tuple[int, str, str, int, int, int, str, str]]
) -> Notification | None:
    """The notification of a row, with the current address; None if it is no longer needed."""
    kind = NotificationKind(row.kind)
    if kind is NotificationKind.ADDRESS_CHANGED:  # even if the reader has unsubscribed since
        is_suppressed = membership.suppression(connection, row.hash)
        return None if is_suppressed else Notification(kind, row.reader, row.address, row.at)
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
