"""The statements of the ledger, compiled once: at thousands of calls a second, compiling costs more than SQLite does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, or_, select, text, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.compiler import SQLCompiler

from briefing.delivery.store.tables import DELIVERIES, IS_OPEN, SUBSCRIBERS, SUPPRESSIONS, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Select, TextClause, Update
    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.elements import ClauseElement

    Candidate = tuple[int, int, int, str, str, str, str, str, int, str]
    """subscriber, attempts, first_at, status; reader, address, domain, membership, paused_until; suppression's reason."""


class Prepared:
    """A compiled statement: takes values by the names of its parameters, and returns rows as the driver does.

    To be used within a transaction of `Database`, which translates the driver's errors too.
    """

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        """For parameters and columns that are numbers and text, which no database needs converted."""
        is_sqlite = dialect.name == "sqlite"
        compiled = statement.compile(dialect=sqlite.dialect(paramstyle="named") if is_sqlite else dialect)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - every statement but those on tables compiles to this
        self._sql = str(compiled)
        # SQLite answers in less time than SQLAlchemy takes to wrap the answer.
        self._uses_driver = is_sqlite
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}

    def change(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Run it once for each row of values."""
        arguments = [{**self._fixed, **row} for row in rows]
        if self._uses_driver:
            connection.connection.cursor().executemany(self._sql, arguments)
        else:
            connection.exec_driver_sql(self._sql, arguments)

    def rows(self, connection: Connection, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """Every row that it finds."""
        if self._uses_driver:
            cursor = connection.connection.cursor()
            cursor.execute(self._sql, {**self._fixed, **values})
            return list(cursor.fetchall())
        return [tuple(row) for row in connection.exec_driver_sql(self._sql, {**self._fixed, **values})]


def _candidates(state: DeliveryState) -> Select[int, int, int, str, str, str, str, str, int, str]:
    joined = DELIVERIES.outerjoin(SUBSCRIBERS, SUBSCRIBERS.c.id == DELIVERIES.c.subscriber)
    columns = DELIVERIES.c.subscriber, DELIVERIES.c.attempts, DELIVERIES.c.first_at, DELIVERIES.c.status
    reader = SUBSCRIBERS.c.reader, SUBSCRIBERS.c.address, SUBSCRIBERS.c.domain, SUBSCRIBERS.c.state
    more = SUBSCRIBERS.c.paused_until, SUPPRESSIONS.c.reason
    return (
        select(*columns, *reader, *more)
        .select_from(joined.outerjoin(SUPPRESSIONS, SUPPRESSIONS.c.hash == SUBSCRIBERS.c.hash))
        .where(_OF_CAMPAIGN, *_open(state), DELIVERIES.c.due <= bindparam("now"))
        .order_by(DELIVERIES.c.due, DELIVERIES.c.subscriber)
        .limit(bindparam("size"))
        .with_for_update(of=DELIVERIES, skip_locked=True)
    )


def _open(state: DeliveryState) -> tuple[ColumnElement[bool] | TextClause, ...]:
    return _IS_OPEN, DELIVERIES.c.state == state.value


def _one(state: DeliveryState) -> Select[int, int, str]:
    found = select(DELIVERIES.c.subscriber, DELIVERIES.c.due, DELIVERIES.c.status)
    return found.where(_OF_CAMPAIGN, *_open(state)).order_by(DELIVERIES.c.due).limit(1)


def _update() -> Update:
    one = DELIVERIES.c.campaign == bindparam("of"), DELIVERIES.c.subscriber == bindparam("number")
    return update(DELIVERIES).where(*one)


# Parameters: of (the campaign), number (the subscriber), mine (the sender), now, size, and columns by their names.
_IS_OPEN: Final = text(f"deliveries.{IS_OPEN}")  # `state` alone could be a subscriber's
_OF_CAMPAIGN: Final = DELIVERIES.c.campaign == bindparam("of")
_NEW: Final[dict[str, object]] = {name: bindparam(name) for name in ("state", "due", "status", "at")}

NEXT_PENDING: Final = _candidates(DeliveryState.PENDING)
NEXT_DUE: Final = _candidates(DeliveryState.DEFERRED)
CLAIM: Final = _update().values(
    {name: bindparam(name) for name in ("at", "first_at")}
    | {"state": DeliveryState.INFLIGHT.value, "sender": bindparam("mine")}
)
SET_ASIDE: Final = _update().values(_NEW)
# Another sender may have taken this one for dead meanwhile and marked its deliveries unknown; its outcome still counts.
RECORD: Final = (
    _update()
    .where(DELIVERIES.c.sender == bindparam("mine"))
    .where(or_(DELIVERIES.c.state == DeliveryState.INFLIGHT.value, DELIVERIES.c.state == DeliveryState.UNKNOWN.value))
    .values(_NEW | {"attempts": bindparam("attempts"), "first_at": bindparam("first_at"), "sender": 0})
)
ONE_PENDING: Final = _one(DeliveryState.PENDING)
ONE_IN_FLIGHT: Final = _one(DeliveryState.INFLIGHT)
FIRST_DEFERRED: Final = _one(DeliveryState.DEFERRED)
