"""Mails to single readers that wait to be sent: written here by whoever needs one sent.

The list server mails them, or `inbox` if there is no list server.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, exists, insert, or_, select, update

from briefing.delivery.store.database import insert_new
from briefing.delivery.store.tables import CONFIRMATIONS, LETTERS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

LIFETIME: Final = 7 * 24 * 3600
"""Seconds for which a link to confirm or to move is good, from when it was asked for."""

CAP_SECONDS: Final = 7 * 24 * 3600
"""Seconds for which letters that anybody may cause are counted."""


class NotificationKind(StrEnum):
    """confirm: a button that says yes. welcome: the reader's own page.

    move: confirm, to another address. moved: to the address before, that another is in use. leave: whether it was the
    reader who wrote that they want to leave.
    """

    CONFIRM = "confirm"
    WELCOME = "welcome"
    MOVE = "move"
    MOVED = "moved"
    LEAVE = "leave"


def count_letter(connection: Connection, hidden: str, most: int, now: int) -> bool:
    """Count one letter to a mailbox, or to whatever a hash stands for; False above `most` within `CAP_SECONDS`.

    True once for each of them, whoever else counts at the same time.
    """
    counted = CONFIRMATIONS.c.hash == hidden
    insert_new(connection, CONFIRMATIONS, {"hash": hidden, "sent": 0, "since": now})
    is_old = or_(CONFIRMATIONS.c.since <= now - CAP_SECONDS, CONFIRMATIONS.c.since > now)
    connection.execute(update(CONFIRMATIONS).where(counted, is_old).values(sent=0, since=now))
    one_more = update(CONFIRMATIONS).where(counted, CONFIRMATIONS.c.sent < most)
    return connection.execute(one_more.values(sent=CONFIRMATIONS.c.sent + 1)).rowcount == 1


def has_due(connection: Connection, now: int) -> bool:
    """Whether a letter may be sent now."""
    return bool(connection.execute(select(exists().where(LETTERS.c.due <= now))).scalar())


def queue_letter(connection: Connection, kind: NotificationKind, reader: str, now: int, at: int = 0) -> None:
    """Let a letter be sent as soon as the list server can; it takes the place of one of its kind that still waits.

    `at`: when it was asked for, which its link names; default: now.
    """
    connection.execute(delete(LETTERS).where(LETTERS.c.kind == kind, LETTERS.c.reader == reader))
    connection.execute(insert(LETTERS).values(kind=kind, reader=reader, at=at or now, due=now))


def queue_farewell(connection: Connection, reader: str, address: str, hidden: str, now: int) -> None:
    """Let the mailbox that was a reader's, and its hash, be told so, each one for itself; it is kept until then only."""
    row = {"kind": NotificationKind.MOVED, "reader": reader, "at": now, "due": now, "address": address, "hash": hidden}
    connection.execute(insert(LETTERS).values(row))


def drop_letters(connection: Connection, which: ColumnElement[bool]) -> int:
    """Give up letters that were not sent; how many."""
    return connection.execute(delete(LETTERS).where(which)).rowcount
