"""Mails to single readers that wait to be sent: written here by whoever needs one sent, mailed by the list server."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select, update

from briefing.delivery.schema import LETTERS, SUBSCRIBERS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

LIFETIME: Final = 7 * 24 * 3600
"""Seconds for which a link to confirm or to move is good, from when it was asked for."""

GRACE_DAYS: Final = 30
"""For how many days, at least, a reader who was asked to agree again stays on the list without an answer."""


class Kind(StrEnum):
    """confirm: a button that says yes. reconfirm: the same, for a reader. welcome: the reader's own page.

    move: confirm, to another address. moved: to the address before, that another is in use.
    """

    CONFIRM = "confirm"
    RECONFIRM = "reconfirm"
    WELCOME = "welcome"
    MOVE = "move"
    MOVED = "moved"


def queue_letter(connection: Connection, kind: Kind, reader: str, now: int, at: int = 0) -> None:
    """Let a letter be sent as soon as the list server can; it takes the place of one of its kind that still waits.

    `at`: when it was asked for, which its link names; default: now.
    """
    connection.execute(delete(LETTERS).where(LETTERS.c.kind == kind, LETTERS.c.reader == reader))
    connection.execute(insert(LETTERS).values(kind=kind, reader=reader, at=at or now, due=now))


def queue_farewell(connection: Connection, reader: str, address: str, hidden: str, now: int) -> None:
    """Let the mailbox that was a reader's, and its hash, be told so, each one for itself; it is kept until then only."""
    row = {"kind": Kind.MOVED, "reader": reader, "at": now, "due": now, "address": address, "hash": hidden}
    connection.execute(insert(LETTERS).values(row))


def drop_letters(connection: Connection, which: ColumnElement[bool]) -> int:
    """Give up letters that were not sent; how many. Who was asked by one to agree again has not been asked."""
    dropped = select(LETTERS.c.reader).where(LETTERS.c.kind == Kind.RECONFIRM, which)
    unasked = update(SUBSCRIBERS).where(SUBSCRIBERS.c.asked_at > 0, SUBSCRIBERS.c.reader.in_(dropped))
    connection.execute(unasked.values(asked_at=0))
    return connection.execute(delete(LETTERS).where(which)).rowcount
