"""The rows of an import into the list, all at once: the only part of an import that others have to wait for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, exists, func, insert, or_, select, update

from briefing.delivery import membership
from briefing.delivery.schema import CONFIRMATIONS, LETTERS, MOVES, SUBSCRIBERS, SUPPRESSIONS
from briefing.delivery.subscribers.decisions import GONE, Act
from briefing.delivery.subscribers.staging import SORTED, sort_staging

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection

    from briefing.delivery.database import Database

_MEMORY: Final = 60_000  # KiB; with less SQLite writes the pages of the list's indexes again and again
_HELD: Final = ("reader", "hash", "address", "domain", "name", "state", "state_at", "source", "text_version")
_ADDED: Final = (*_HELD, "joined_at", "consented_at", "paused_until")
_CONFIRMED: Final = ("state", "state_at", "source", "text_version", "consented_at")


@dataclass(frozen=True, slots=True)
class Lost:
    """A row that was staged and not kept: the number of its file, its line, and what was to be done."""

    file: int
    line: int
    act: Act
    state: str
    consented_at: int


def keep(database: Database, connection: Connection, now: int) -> Iterator[Lost]:
    """Put what was staged into the list; then the rows that could not be.

    A row is lost if the list has changed since it was decided: whoever has joined, confirmed or left meanwhile is not
    overruled by a file. All others are kept together or, where this raises DatabaseError, none is.
    """
    with database.looking(connection):
        sort_staging(connection)
        if database.file:
            connection.exec_driver_sql(f"PRAGMA main.cache_size = -{_MEMORY}")
    with database.within(connection):
        if database.is_shared:
            connection.exec_driver_sql("LOCK TABLE suppressions, subscribers IN SHARE ROW EXCLUSIVE MODE")
        _lose_changed(connection)
        _apply(connection, now)
    rows = SORTED.c
    lost = select(rows.file, rows.line, rows.act, rows.state, rows.consented_at).where(rows.is_lost == 1)
    with database.looking(connection):
        for file, line, act, state, consented_at in connection.execute(lost.order_by(rows.file, rows.line)):
            yield Lost(file, line, Act(act), state, consented_at)


def _lose_changed(connection: Connection) -> None:
    """Mark every row of a mailbox of which the ledger does not say any more what it said."""
    staged, list_, barred = SORTED.c, SUBSCRIBERS.c, SUPPRESSIONS.c
    joined = SORTED.outerjoin(SUBSCRIBERS, list_.hash == staged.hash).outerjoin(
        SUPPRESSIONS, barred.hash == staged.hash
    )
    differs = or_(
        func.coalesce(list_.state, "") != staged.was_state,
        func.coalesce(list_.consented_at, 0) != staged.was_consented_at,
        func.coalesce(barred.reason, "") != staged.was_reason,
    )
    changed = select(staged.hash).select_from(joined).where(differs)
    connection.execute(update(SORTED).where(SORTED.c.hash.in_(changed)).values(is_lost=1))


def _apply(connection: Connection, now: int) -> None:
    columns = [SORTED.c[name] for name in _ADDED]
    added = select(*columns).where(_is(Act.ADD)).order_by(SORTED.c.hash)
    connection.execute(insert(SUBSCRIBERS).from_select(_ADDED, added))
    leaves = SORTED.c.state.in_(GONE) & (_is(Act.LEAVE) | _is(Act.BAR))
    for which, names in ((_is(Act.CONFIRM), _CONFIRMED), (leaves, ("state", "state_at"))):
        new = {name: SORTED.c[name] for name in names}
        changed = update(SUBSCRIBERS).where(SUBSCRIBERS.c.hash == SORTED.c.hash, which)
        connection.execute(changed.values({**new, "paused_until": 0}))
    barred = select(SORTED.c.hash, SORTED.c.reason, SORTED.c.at).where(SORTED.c.reason != "", SORTED.c.is_lost == 0)
    connection.execute(insert(SUPPRESSIONS).from_select(["hash", "reason", "at"], barred.order_by(SORTED.c.hash)))
    _erase(connection, now)


def _erase(connection: Connection, now: int) -> None:
    erased = select(SORTED.c.hash).where(SORTED.c.reason == membership.ERASED, SORTED.c.is_lost == 0)
    for table in (CONFIRMATIONS, MOVES, LETTERS):
        connection.execute(delete(table).where(table.c.hash.in_(erased)))
    on_list = erased.where(exists().where(SUBSCRIBERS.c.hash == SORTED.c.hash))
    for hidden in connection.scalars(on_list).all():
        membership.erase(connection, hidden, now)


def _is(act: Act) -> ColumnElement[bool]:
    return (SORTED.c.act == act) & (SORTED.c.is_lost == 0)
