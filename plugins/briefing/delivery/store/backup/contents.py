"""Reads a backup line by line, and validates all of it before any of it is used."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from typing import TYPE_CHECKING, Any, Final, NoReturn

from briefing.delivery.store.backup.columns import LATEST, ColumnError, read_row
from briefing.delivery.store.backup.dump import BATCH, TABLES
from briefing.delivery.store.secret import Secret, fault_of
from briefing.delivery.store.tables import VERSION
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Table

_MAX_LINE: Final = 1 << 24  # bytes; a campaign's row contains the whole digest
_MAX_RATIO: Final = 200  # gzip shrinks rows about twentyfold; a thousandfold is a bomb
_ALWAYS_ALLOWED: Final = 1 << 24  # bytes that any file may unpack to

_Batch = tuple["Table", list[dict[str, Any]]]


class BackupContents:
    """A backup in which every line is valid, so that its values can be written to a database.

    made_at: when it was created. secret: for readers' links. rows: their number.
    """

    def __init__(self, packed: bytes, name: str) -> None:
        """`packed`: the decrypted file, still compressed. `name`: its name in errors. Raises BriefingError at the first error."""
        self._packed, self._name, self._number = packed, name, 0
        self.made_at, self.secret = self._heading(self._lines())
        self.rows = sum(len(rows) for _, rows in self.batches())

    def batches(self) -> Iterator[_Batch]:
        """Yield the rows in batches, table by table; each call starts at the beginning."""
        try:
            yield from self._batches()
        except ColumnError as error:
            self._refuse(str(error))

    def _batches(self) -> Iterator[_Batch]:
        lines = self._lines()
        self._heading(lines)
        counts: dict[str, int] = {}
        item = self._item(lines)
        for table in TABLES:
            if item != {"table": table.name, "columns": table.columns.keys()}:
                self._refuse(f"expected the table `{table.name}` with its columns")
            keys = _Keys(table)
            counts[table.name], batch = 0, []
            while isinstance(item := self._item(lines), list):
                row = read_row(table, item, self.secret)
                keys.add(row)
                batch.append(row)
                counts[table.name] += 1
                if len(batch) == BATCH:
                    yield table, batch
                    batch = []
            if batch:
                yield table, batch
        if item != {"end": counts}:
            self._refuse("expected the number of rows of each table")
        if next(lines, None) is not None:
            self._refuse("expected the end of the file")

    def _heading(self, lines: Iterator[bytes]) -> tuple[int, Secret]:
        item = self._item(lines)
        if not isinstance(item, dict) or item.keys() != {"briefing", "made_at", "secret"}:
            self._refuse("expected a heading with `briefing`, `made_at` and `secret`")
        version, made_at, secret = item["briefing"], item["made_at"], item["secret"]
        if type(version) is not int or version != VERSION:
            msg = f"{self._name}: the backup does not have version {VERSION}; restore it with the version of this program that created it"
            raise BriefingError(msg)
        if type(made_at) is not int or not 0 <= made_at <= LATEST:
            self._refuse("`made_at` must be a time in seconds since 1970")
        if not isinstance(secret, str):
            self._refuse("`secret` must be text")
        if fault := fault_of(secret):
            self._refuse(f"`secret` {fault}")
        return made_at, Secret(secret)

    def _item(self, lines: Iterator[bytes]) -> Any:  # noqa: ANN401 - JSON
        line = next(lines, None)
        if line is None:
            self._refuse("the file is truncated")
        try:
            return json.loads(line.decode(), object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            self._refuse("is not valid JSON")

    def _lines(self) -> Iterator[bytes]:
        """Unpack lines on demand, so that no file needs more memory than its longest line."""
        self._number = left = 0
        most = _ALWAYS_ALLOWED + _MAX_RATIO * len(self._packed)
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(self._packed)) as unpacked:
                while line := unpacked.readline(_MAX_LINE + 1):
                    self._number += 1
                    left += len(line)
                    if len(line) > _MAX_LINE or left > most:
                        self._refuse("unpacks to more than a database can contain")
                    yield line
        except (OSError, EOFError, zlib.error):
            self._refuse("is not gzip data, or is truncated")

    def _refuse(self, what: str) -> NoReturn:
        msg = f"{self._name}: line {self._number}: {what}; nothing was restored. Use another backup"
        raise BriefingError(msg) from None


class _Keys:
    """Rejects duplicate rows: keys must ascend, and other unique values are remembered."""

    def __init__(self, table: Table) -> None:
        self._name = table.name
        self._key = table.primary_key.columns.keys()
        self._last: tuple[Any, ...] | None = None
        self._seen: dict[str, set[str]] = {column.name: set() for column in table.columns if column.unique}

    def add(self, row: dict[str, Any]) -> None:
        key = tuple(row[name] for name in self._key)
        if self._last is not None and key <= self._last:
            msg = f"{self._name}: rows must be sorted by `{'`, `'.join(self._key)}`, without duplicates"
            raise ColumnError(msg)
        self._last = key
        for name, seen in self._seen.items():
            if row[name] in seen:
                msg = f"{self._name}.{name} is the same as in an earlier row"
                raise ColumnError(msg)
            seen.add(row[name])


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        msg = "duplicate key"
        raise ValueError(msg)
    return made


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
