"""Loads the rows of a backup into a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, text

from briefing.delivery.store.backup.dump import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from briefing.delivery.store.backup.contents import BackupContents


def load(connection: Connection, payload: BackupContents, advanced: Callable[[int], None]) -> None:
    """Insert the rows into empty tables."""
    done = 0
    for table, rows in payload.batches():
        connection.execute(insert(table), rows)
        done += len(rows)
        advanced(done)
    _set_sequences(connection)


def _set_sequences(connection: Connection) -> None:
    """Continue PostgreSQL's sequences after the highest ids; SQLite does so itself."""
    if connection.dialect.name == "sqlite":
        return
    for table in TABLES:
        key = list(table.primary_key)
        if [column.name for column in key] == ["id"] and key[0].autoincrement and key[0].type.python_type is int:
            query = f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}"  # noqa: S608 - our own names
            connection.execute(text(query))
