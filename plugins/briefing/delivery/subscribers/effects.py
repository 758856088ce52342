"""Applies staged rows to the list, as part of a transaction, all of them or some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, exists, func, or_, select, update

from briefing.delivery.store import membership
from briefing.delivery.store.inserts import insert_from
from briefing.delivery.store.membership import GONE
from briefing.delivery.store.tables import ADDRESS_CHANGES, CONFIRMATIONS, NOTIFICATIONS, SUBSCRIBERS, SUPPRESSIONS
from briefing.delivery.subscribers.decisions import RowAction
from briefing.delivery.subscribers.staging import in_values

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Table

_COLUMNS: Final = ("reader", "hash", "address", "domain", "name", "state", "state_at", "source", "text_version")
_ADDED: Final = (*_COLUMNS, "joined_at", "consented_at", "paused_until")
_CONFIRMED: Final = ("state", "state_at", "source", "text_version", "consented_at")


def skip_changed(connection: Connection, staged: Table, which: ColumnElement[bool]) -> None:
    """Mark the rows of mailboxes that changed in the database since they were evaluated.

    On PostgreSQL existing rows are locked. `apply` finds those that do not exist yet.
    """
    rows, list_, suppressed = staged.c, SUBSCRIBERS.c, SUPPRESSIONS.c
    if connection.dialect.name != "sqlite":
        known = select(rows.hash).where(which)
        locked = select(list_.id).where(list_.hash.in_(known)).order_by(list_.id).with_for_update()
        connection.execute(select(func.count()).select_from(locked.subquery()))
    joined = staged.outerjoin(SUBSCRIBERS, list_.hash == rows.hash).outerjoin(
        SUPPRESSIONS, suppressed.hash == rows.hash
    )
    differs = or_(
        func.coalesce(list_.state, "") != rows.was_state,
        func.coalesce(list_.consented_at, 0) != rows.was_consented_at,
        func.coalesce(suppressed.reason, "") != rows.was_reason,
    )
    changed = select(rows.hash).select_from(joined).where(which, differs)
    connection.execute(update(staged).where(which, rows.hash.in_(changed)).values(is_skipped=1))


def apply(connection: Connection, staged: Table, which: ColumnElement[bool], now: int) -> None:
    """Apply every row that is not skipped."""
    rows = staged.c

    def with_action(action: RowAction) -> ColumnElement[bool]:
        return which & (rows.action == action) & (rows.is_skipped == 0)

    added = select(*(rows[name] for name in _ADDED)).where(with_action(RowAction.ADD)).order_by(rows.hash)
    insert_from(connection, SUBSCRIBERS, _ADDED, added)
    # Readers who have just joined, or whose identifier is in use.
    here = exists().where(SUBSCRIBERS.c.hash == rows.hash, SUBSCRIBERS.c.reader == rows.reader)
    late = connection.scalars(select(rows.hash).where(with_action(RowAction.ADD), ~here)).all()
    if late:
        connection.execute(update(staged).where(which, in_values(connection, rows.hash, late)).values(is_skipped=1))
    leaves = rows.state.in_(GONE) & (with_action(RowAction.LEAVE) | with_action(RowAction.SUPPRESS))
    for changing, names in ((with_action(RowAction.CONFIRM), _CONFIRMED), (leaves, ("state", "state_at"))):
        new = {name: rows[name] for name in names}
        changed = update(SUBSCRIBERS).where(SUBSCRIBERS.c.hash == rows.hash, changing)
        connection.execute(changed.values({**new, "paused_until": 0}))
    suppressed = select(rows.hash, rows.reason, rows.at).where(which, rows.reason != "", rows.is_skipped == 0)
    insert_from(connection, SUPPRESSIONS, ("hash", "reason", "at"), suppressed.order_by(rows.hash))
    _erase(connection, staged, which, now)


def _erase(connection: Connection, staged: Table, which: ColumnElement[bool], now: int) -> None:
    rows = staged.c
    erased = select(rows.hash).where(which, rows.reason == membership.ERASED, rows.is_skipped == 0)
    for table in (CONFIRMATIONS, ADDRESS_CHANGES, NOTIFICATIONS):
        connection.execute(delete(table).where(table.c.hash.in_(erased)))
    on_list = erased.where(exists().where(SUBSCRIBERS.c.hash == rows.hash))
    for address_hash in connection.scalars(on_list).all():
        membership.erase(connection, address_hash, now)
