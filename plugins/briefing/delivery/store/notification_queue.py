"""The queue of emails to single readers. The list server sends them, or `inbox` if there is no list server."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, exists, insert, or_, select, update

from briefing.delivery.store.inserts import insert_new
from briefing.delivery.store.tables import CONFIRMATIONS, NOTIFICATIONS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

LIFETIME: Final = 7 * 24 * 3600
"""Seconds for which a confirmation link is valid, counted from the request."""

CAP_SECONDS: Final = 7 * 24 * 3600
"""The period, in seconds, in which notifications that anyone can trigger are counted."""


class NotificationKind(StrEnum):
    """What a notification is about; also the name of its text in content/mail/.

    confirm: a link to confirm the subscription. welcome: a link to the subscription page. change-address: a link to confirm
    the new address. address-changed: tells the old address about the change. unsubscribe: a link to unsubscribe, after a
    request by mail whose sender could not be verified.
    """

    CONFIRM = "confirm"
    WELCOME = "welcome"
    CHANGE_ADDRESS = "change-address"
    ADDRESS_CHANGED = "address-changed"
    UNSUBSCRIBE = "unsubscribe"


def count_notification(connection: Connection, address_hash: str, maximum: int, now: int) -> bool:
    """Count one notification for a hash; return False, and count nothing, if `maximum` is reached within `CAP_SECONDS`.

    Concurrent callers are counted one after the other.
    """
    counted = CONFIRMATIONS.c.hash == address_hash
    insert_new(connection, CONFIRMATIONS, {"hash": address_hash, "sent": 0, "since": now})
    is_old = or_(CONFIRMATIONS.c.since <= now - CAP_SECONDS, CONFIRMATIONS.c.since > now)
    connection.execute(update(CONFIRMATIONS).where(counted, is_old).values(sent=0, since=now))
    one_more = update(CONFIRMATIONS).where(counted, CONFIRMATIONS.c.sent < maximum)
    return connection.execute(one_more.values(sent=CONFIRMATIONS.c.sent + 1)).rowcount == 1


def has_due(connection: Connection, now: int) -> bool:
    """Return whether a notification is due."""
    return bool(connection.execute(select(exists().where(NOTIFICATIONS.c.due <= now))).scalar())


def queue_notification(connection: Connection, kind: NotificationKind, reader: str, now: int, at: int = 0) -> None:
    """Queue a notification, due now. It replaces a queued one of the same kind for the same reader.

    `at`: the time of the request, which is part of the link; default: now.
    """
    connection.execute(delete(NOTIFICATIONS).where(NOTIFICATIONS.c.kind == kind, NOTIFICATIONS.c.reader == reader))
    connection.execute(insert(NOTIFICATIONS).values(kind=kind, reader=reader, at=at or now, due=now))


def queue_address_changed(connection: Connection, reader: str, address: str, address_hash: str, now: int) -> None:
    """Queue the notification for the old address, which is stored only until it is sent. Each change gets its own."""
    kind = NotificationKind.ADDRESS_CHANGED
    row = {"kind": kind, "reader": reader, "at": now, "due": now, "address": address, "hash": address_hash}
    connection.execute(insert(NOTIFICATIONS).values(row))


def drop_notifications(connection: Connection, condition: ColumnElement[bool]) -> int:
    """Delete queued notifications; return how many there were."""
    return connection.execute(delete(NOTIFICATIONS).where(condition)).rowcount
