"""The whole database as lines of JSON, the same from every kind of database.

The first line tells what it is and holds the secret; then for each table a line with its name and columns, its rows as
arrays (octets in Base64), and at the end how many rows each had.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import LargeBinary, insert, select, text

from briefing.delivery.schema import META, METADATA, VERSION
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Table

_BATCH: Final = 2_000


@dataclass(frozen=True, slots=True)
class Heading:
    """What a dump is: the tables' version, when it was made, and the secret of its readers' links."""

    version: int
    made_at: int
    secret: str


def lines_of(connection: Connection, secret: str, now: int, advanced: Callable[[int], None]) -> Iterator[bytes]:
    """The database, line by line; `advanced` is told the number of rows now and then."""
    yield _line({"briefing": VERSION, "made_at": now, "secret": secret})
    counts: dict[str, int] = {}
    done = 0
    for table in _tables():
        octets = [isinstance(column.type, LargeBinary) for column in table.columns]
        yield _line({"table": table.name, "columns": table.columns.keys()})
        counts[table.name] = 0
        rows = connection.execution_options(yield_per=_BATCH).execute(select(table).order_by(*table.primary_key))
        for row in rows:
            yield _line([_plain(value) if is_octets else value for value, is_octets in zip(row, octets, strict=True)])
            counts[table.name] += 1
            done += 1
            if not done % _BATCH:
                advanced(done)
    yield _line({"end": counts})


def read_heading(lines: Iterator[bytes]) -> Heading:
    """The first line of a dump. Raises BriefingError for that of another version."""
    heading = json.loads(next(lines, b"null"))
    if not isinstance(heading, dict) or heading.get("briefing") != VERSION:
        msg = f"the backup's tables are not of version {VERSION}; restore it with the program that made it, then update"
        raise BriefingError(msg)
    return Heading(VERSION, heading["made_at"], heading["secret"])


def load(connection: Connection, lines: Iterator[bytes], advanced: Callable[[int], None]) -> int:
    """Write the rows behind the heading into empty tables; how many. Raises BriefingError where rows are missing."""
    counts: dict[str, int] = {}
    loading: _Loading | None = None
    done = 0
    for line in lines:
        item = json.loads(line)
        if isinstance(item, list) and loading:
            loading.add(connection, item)
            counts[loading.table.name] += 1
            done += 1
            if not done % _BATCH:
                advanced(done)
            continue
        if loading:
            loading.flush(connection)
        if "end" in item:
            if item["end"] != counts:
                break
            _set_sequences(connection)
            return done
        loading = _Loading(METADATA.tables[item["table"]], item["columns"])
        counts[loading.table.name] = 0
    msg = "the backup is not whole; nothing was restored, take another backup"
    raise BriefingError(msg)


class _Loading:
    def __init__(self, table: Table, columns: list[str]) -> None:
        self.table = table
        self._columns = columns
        self._octets = {name for name in columns if isinstance(table.columns[name].type, LargeBinary)}
        self._rows: list[dict[str, object]] = []

    def add(self, connection: Connection, values: list[object]) -> None:
        row = dict(zip(self._columns, values, strict=True))
        for name in self._octets:
            row[name] = base64.b64decode(str(row[name]))
        self._rows.append(row)
        if len(self._rows) >= _BATCH:
            self.flush(connection)

    def flush(self, connection: Connection) -> None:
        if self._rows:
            connection.execute(insert(self.table), self._rows)
            self._rows = []


def _tables() -> list[Table]:
    return [table for name, table in sorted(METADATA.tables.items()) if table is not META]


def _set_sequences(connection: Connection) -> None:
    """Let PostgreSQL count on behind the rows' own numbers; SQLite does so by itself."""
    if connection.dialect.name == "sqlite":
        return
    for table in _tables():
        key = list(table.primary_key)
        if [column.name for column in key] == ["id"] and key[0].autoincrement and key[0].type.python_type is int:
            query = f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}"  # noqa: S608 - our own names
            connection.execute(text(query))


def _plain(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _line(item: object) -> bytes:
    return json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
