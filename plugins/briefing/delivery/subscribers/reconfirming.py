"""Who agreed long ago is asked again.

They are mailed a letter with a button and stay on the list. Nobody is lost by time passing: only `stop_unanswered`,
which the desk calls, takes those off who have not answered.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, insert, literal, select, update

from briefing.delivery.store.notification_queue import GRACE_DAYS, NotificationKind
from briefing.delivery.store.tables import LETTERS, SUBSCRIBERS, SUPPRESSIONS, Membership
from briefing.errors import WrongUseError

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

_DAY: Final = 86_400
_DAYS: Final = {"d": 1.0, "w": 7.0, "m": 365.25 / 12, "y": 365.25}
_AGE: Final = re.compile(r"([1-9]\d{0,4})([dwmy])")


def read_age(text: str) -> int:
    """Seconds of an age such as 18m: a number of d(ays), w(eeks), m(onths) or y(ears). Raises WrongUseError."""
    form = _AGE.fullmatch(text.strip().lower())
    if not form:
        msg = f"`{text}` is not a valid age; write a number and d, w, m or y, such as 18m for eighteen months"
        raise WrongUseError(msg)
    return int(int(form[1]) * _DAYS[form[2]]) * _DAY


def ask_again(connection: Connection, before: int, now: int, *, is_rehearsal: bool = False) -> int:
    """Let every reader who agreed before a time, or nobody knows when, be mailed a letter; how many.

    Who was asked already and has not answered yet is not asked twice.
    """
    asked = _mailed() & (SUBSCRIBERS.c.consented_at < before) & (SUBSCRIBERS.c.asked_at == 0)
    if is_rehearsal:
        return _count(connection, asked)
    waiting = select(SUBSCRIBERS.c.reader).where(asked)
    connection.execute(
        delete(LETTERS).where(LETTERS.c.kind == NotificationKind.RECONFIRM, LETTERS.c.reader.in_(waiting))
    )
    letters = select(literal(NotificationKind.RECONFIRM.value), SUBSCRIBERS.c.reader, literal(now), literal(now)).where(
        asked
    )
    connection.execute(insert(LETTERS).from_select(["kind", "reader", "at", "due"], letters))
    return connection.execute(update(SUBSCRIBERS).where(asked).values(asked_at=now)).rowcount


def stop_unanswered(connection: Connection, now: int, *, is_rehearsal: bool = False) -> int:
    """Make pending who was asked at least `GRACE_DAYS` ago and has not answered; how many.

    Nobody whom no letter reached: while it waits they stay, and once it is given up or comes back they were not asked.
    """
    waits = select(LETTERS.c.id).where(
        LETTERS.c.kind == NotificationKind.RECONFIRM, LETTERS.c.reader == SUBSCRIBERS.c.reader
    )
    silent = (
        (SUBSCRIBERS.c.state == Membership.CONFIRMED)
        & SUBSCRIBERS.c.asked_at.between(1, now - GRACE_DAYS * _DAY)
        & ~waits.exists()
    )
    if is_rehearsal:
        return _count(connection, silent)
    new = {"state": Membership.PENDING, "state_at": now, "asked_at": 0}
    return connection.execute(update(SUBSCRIBERS).where(silent).values(new)).rowcount


def _mailed() -> ColumnElement[bool]:
    suppressed = select(SUPPRESSIONS.c.hash).where(SUPPRESSIONS.c.hash == SUBSCRIBERS.c.hash).exists()
    return (SUBSCRIBERS.c.state == Membership.CONFIRMED) & ~suppressed


def _count(connection: Connection, condition: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(SUBSCRIBERS).where(condition)).scalar_one()
