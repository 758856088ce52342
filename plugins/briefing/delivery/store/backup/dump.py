"""Writes the whole database as lines of JSON, the same for SQLite and PostgreSQL.

The first line contains the version, the time and the secret. Each table follows with a line for its name and columns, and its rows
as arrays, sorted by key (bytes in Base64). The last line contains the number of rows in each table.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import LargeBinary, Text, select

from briefing.delivery.store.tables import META, METADATA, VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import ColumnElement, Connection, Table


BATCH: Final = 2_000
TABLES: Final = tuple(table for name, table in sorted(METADATA.tables.items()) if table is not META)
"""The tables of a backup, in its order."""


def dump_lines(connection: Connection, secret: str, now: int, advanced: Callable[[int], None]) -> Iterator[bytes]:
    """Yield the lines; `advanced` receives the number of rows from time to time."""
    yield _line({"briefing": VERSION, "made_at": now, "secret": secret})
    counts: dict[str, int] = {}
    done = 0
    for table in TABLES:
        binary = [isinstance(column.type, LargeBinary) for column in table.columns]
        yield _line({"table": table.name, "columns": table.columns.keys()})
        counts[table.name] = 0
        query = select(table).order_by(*_order(connection, table))
        for row in connection.execution_options(yield_per=BATCH).execute(query):
            yield _line([_plain(value) if is_binary else value for value, is_binary in zip(row, binary, strict=True)])
            counts[table.name] += 1
            done += 1
            if not done % BATCH:
                advanced(done)
    yield _line({"end": counts})


def _order(connection: Connection, table: Table) -> Iterator[ColumnElement[Any]]:
    """By key, and text by code point in any locale, so that `contents` can find duplicate keys."""
    for column in table.primary_key:
        is_local = connection.dialect.name != "sqlite" and isinstance(column.type, Text)
        yield column.collate("C") if is_local else column


def _plain(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _line(item: object) -> bytes:
    return json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
