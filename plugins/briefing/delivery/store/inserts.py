"""Inserts that skip rows which violate a unique constraint, in the dialects of SQLite and PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Select, Table


def insert_new(connection: Connection, table: Table, rows: Mapping[str, object] | list[dict[str, object]]) -> None:
    """Insert rows, skipping those that violate a unique constraint, even if another process inserts one at the same time."""
    dialect_insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    if rows:
        connection.execute(dialect_insert(table).on_conflict_do_nothing(), rows)


def insert_from(connection: Connection, table: Table, names: Sequence[str], rows: Select[Any]) -> None:
    """Insert the rows of a query in the same way. The query needs a WHERE clause (SQLite's grammar)."""
    dialect_insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    connection.execute(dialect_insert(table).from_select(names, rows).on_conflict_do_nothing())
