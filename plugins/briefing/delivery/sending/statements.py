"""A statement compiled once for its database: at thousands of calls a second, compiling costs more than SQLite does.

To be used within `Database.within` and its like, which tell what the driver itself raises too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.sql.compiler import SQLCompiler

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection
    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.elements import ClauseElement


class Prepared:
    """Takes values by the names of the statement's parameters, and gives rows as the driver does."""

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        """For statements whose parameters and columns are numbers and text, which no database needs converted."""
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - what every statement but those on tables compiles to
        self._sql = str(compiled)
        self._names: list[str] | None = compiled.positiontup
        # SQLite answers in less time than SQLAlchemy takes to wrap the answer.
        self._is_driven = dialect.name == "sqlite"
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}

    def change(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Run it once for each row of values."""
        arguments = [self._arguments(row) for row in rows]
        if self._is_driven:
            connection.connection.cursor().executemany(self._sql, arguments)
        else:
            connection.exec_driver_sql(self._sql, arguments)

    def rows(self, connection: Connection, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """Every row that it finds."""
        if self._is_driven:
            cursor = connection.connection.cursor()
            cursor.execute(self._sql, self._arguments(values))
            return list(cursor.fetchall())
        return [tuple(row) for row in connection.exec_driver_sql(self._sql, self._arguments(values))]

    def _arguments(self, values: Mapping[str, object]) -> Any:  # noqa: ANN401 - by position or by name, as the driver wants
        if self._names is None:
            return self._fixed | dict(values)
        return tuple([values[name] if name in values else self._fixed[name] for name in self._names])
