"""The staging table of an import, which contains evaluated rows until all rows of all files are evaluated.

It is a temporary table, which no one else sees or waits for, and which ends with the connection. SQLite keeps it in an
unnamed file, so that a long list needs disk space instead of memory.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    any_,
    case,
    cast,
    column,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON

from briefing.delivery.store.membership import ERASED
from briefing.delivery.store.tables import SUBSCRIBERS, SUPPRESSIONS, Membership
from briefing.delivery.subscribers.decisions import KnownSubscriber, RowAction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection

    from briefing.delivery.store.database import Database

_METADATA: Final = MetaData()


def _staged(name: str, *, is_looked_up: bool = False, schema: str | None = None) -> Table:
    """given: the identifier in the file. was_*: the state in the database when the row was evaluated.

    is_skipped: the database has changed since. The others as in `ListEntry` and `SuppressedAddress`; reason "": not suppressed.
    """
    return Table(
        name,
        _METADATA,
        Column("id", Integer, primary_key=True),
        Column("file", Integer, nullable=False),
        Column("line", Integer, nullable=False),
        Column("action", Text, nullable=False),
        Column("hash", Text, nullable=False, index=is_looked_up),
        Column("reader", Text, nullable=False, server_default=""),
        Column("given", Text),
        Column("address", Text, nullable=False, server_default=""),
        Column("domain", Text, nullable=False, server_default=""),
        Column("name", Text, nullable=False, server_default=""),
        Column("state", Text, nullable=False, server_default=""),
        Column("state_at", BigInteger, nullable=False, server_default="0"),
        Column("source", Text, nullable=False, server_default=""),
        Column("text_version", Text, nullable=False, server_default=""),
        Column("joined_at", BigInteger, nullable=False, server_default="0"),
        Column("consented_at", BigInteger, nullable=False, server_default="0"),
        Column("paused_until", BigInteger, nullable=False, server_default="0"),
        Column("reason", Text, nullable=False, server_default=""),
        Column("at", BigInteger, nullable=False, server_default="0"),
        Column("was_state", Text, nullable=False, server_default=""),
        Column("was_consented_at", BigInteger, nullable=False, server_default="0"),
        Column("was_reason", Text, nullable=False, server_default=""),
        Column("is_skipped", Integer, nullable=False, server_default="0"),
        schema=schema,
        prefixes=[] if schema else ["TEMPORARY"],
    )


STAGED: Final = _staged("staged", is_looked_up=True)
Index(
    "staged_given",
    STAGED.c.given,
    sqlite_where=STAGED.c.given.is_not(None),
    postgresql_where=STAGED.c.given.is_not(None),
)
SORTED: Final = _staged("staged_sorted")
"""The same sorted by hash, which the list's indexes insert several times as fast."""
SCHEMA: Final = "arriving"
ATTACHED: Final = _staged("staged_sorted", schema=SCHEMA)
"""The same in a file that is attached to SQLite (`commit`)."""
_READERS: Final = Table(
    "staged_readers",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("reader", Text, nullable=False),
    prefixes=["TEMPORARY"],
)


@dataclass(frozen=True, slots=True)
class KnownReaders:
    """What is known about the mailboxes of a batch, by hash: in the database, and including this import's rows so far."""

    ledger: dict[str, KnownSubscriber]
    ledger_reasons: dict[str, str]
    known: dict[str, KnownSubscriber]
    reasons: dict[str, str]

    def was(self, address_hash: str) -> dict[str, object]:
        """The state in the database, as columns of a row."""
        known = self.ledger.get(address_hash)
        return {
            "was_state": str(known.state) if known else "",
            "was_consented_at": known.consented_at if known else 0,
            "was_reason": self.ledger_reasons.get(address_hash, ""),
        }


@contextmanager
def staging(database: Database) -> Iterator[Connection]:
    """A connection with an empty staging table, which is dropped after the block."""
    with database.connect() as connection:
        try:
            if database.file:
                connection.connection.cursor().execute("PRAGMA temp_store = FILE")
            with database.read_transaction(connection):
                _METADATA.create_all(connection, [STAGED])
            yield connection
        finally:
            connection.invalidate()


def stage(connection: Connection, rows: list[dict[str, object]]) -> None:
    """Add rows, all with the same columns."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        # Without SQLAlchemy, which would process each row's parameters.
        names = ", ".join(rows[0])
        placeholders = ", ".join("?" * len(rows[0]))
        values = [tuple(row[name] for name in rows[0]) for row in rows]  # their keys may be in any order
        connection.exec_driver_sql(f"INSERT INTO {STAGED.name} ({names}) VALUES ({placeholders})", values)  # noqa: S608 - our own names
        return
    # All rows in one parameter: a million parameters would take PostgreSQL's driver half a minute.
    columns = [STAGED.c[name] for name in rows[0]]
    document = cast(literal(json.dumps(rows), Text), JSON)
    given = func.json_to_recordset(document).table_valued(*(column(each.name, each.type) for each in columns))
    connection.execute(insert(STAGED).from_select(columns, select(given.render_derived(with_types=True))))


def sort_staging(connection: Connection, target: Table) -> None:
    """Move the rows to `SORTED` or `ATTACHED`, sorted by hash.

    The new identifiers are assigned again in sorted order. They stay random, and both indexes of the list are filled in order
    instead of writing the same pages repeatedly.
    """
    _METADATA.create_all(connection, [target, _READERS])
    rows = STAGED.c
    is_new = (rows.action == RowAction.ADD) & rows.given.is_(None)
    assigned = select(rows.reader).where(is_new).order_by(rows.reader)
    connection.execute(insert(_READERS).from_select(["reader"], assigned))
    number = func.sum(case((is_new, 1), else_=0)).over(order_by=(rows.hash, rows.id))
    numbered = select(*rows, case((is_new, number), else_=None).label("number")).subquery()
    joined = numbered.outerjoin(_READERS, _READERS.c.id == numbered.c.number)
    names = [each.name for each in rows if each.name != "id"]
    values = [
        func.coalesce(_READERS.c.reader, numbered.c.reader) if name == "reader" else numbered.c[name] for name in names
    ]
    ordered = select(*values).select_from(joined).order_by(numbered.c.hash, numbered.c.id)
    connection.execute(insert(target).from_select(names, ordered))
    for table in (STAGED, _READERS):
        table.drop(connection)


def look_up_addresses(connection: Connection, hashes: Sequence[str]) -> KnownReaders:
    """What is known about these mailboxes."""
    columns = SUBSCRIBERS.c
    query = select(columns.hash, columns.state, columns.consented_at).where(in_values(connection, columns.hash, hashes))
    ledger = {
        address_hash: KnownSubscriber(Membership(state), consented_at)
        for address_hash, state, consented_at in connection.execute(query)
    }
    suppressed = select(SUPPRESSIONS.c.hash, SUPPRESSIONS.c.reason)
    found = connection.execute(suppressed.where(in_values(connection, SUPPRESSIONS.c.hash, hashes)))
    reasons = {address_hash: reason for address_hash, reason in found}  # noqa: C416 - rows, not pairs
    known_readers = KnownReaders(ledger, reasons, dict(ledger), dict(reasons))
    rows = STAGED.c
    staged = select(rows.hash, rows.action, rows.state, rows.consented_at, rows.reason).order_by(rows.id)
    for address_hash, action, state, consented_at, reason in connection.execute(
        staged.where(in_values(connection, rows.hash, hashes))
    ):
        note(known_readers, address_hash, RowAction(action), state, consented_at, reason)
    return known_readers


def note(
    known_readers: KnownReaders, address_hash: str, action: RowAction, state: str, consented_at: int, reason: str
) -> None:
    """Make a row known to later ones."""
    if reason:
        known_readers.reasons[address_hash] = reason
    if reason == ERASED:
        known_readers.known.pop(address_hash, None)
    elif action is not RowAction.SUPPRESS:
        known_readers.known[address_hash] = KnownSubscriber(Membership(state), consented_at, is_fresh=True)


def used_reader_ids(connection: Connection, readers: Sequence[str]) -> set[str]:
    """The identifiers that are already in use."""
    if not readers:
        return set()
    here = select(SUBSCRIBERS.c.reader).where(in_values(connection, SUBSCRIBERS.c.reader, readers))
    coming = select(STAGED.c.given).where(in_values(connection, STAGED.c.given, readers))
    return {*connection.scalars(here), *connection.scalars(coming)}


def in_values(connection: Connection, wanted: Column[str], values: Sequence[str]) -> ColumnElement[bool]:
    """A condition with one parameter for all values: thousands of parameters would be slow."""
    if connection.dialect.name == "sqlite":
        return wanted.in_(select(func.json_each(json.dumps(values)).table_valued("value").c.value))
    return wanted == any_(literal(values, ARRAY(Text)))
