"""The database of subscribers and deliveries: SQLite in `.briefing/`, or PostgreSQL at `BRIEFING_DATABASE_URL`."""

from __future__ import annotations

import logging
import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from briefing.delivery.store.database_errors import DatabaseError, damaged_message, translated_errors
from briefing.delivery.store.engines import WRITES, log_transactions, memory_engine, postgresql_engine, sqlite_engine
from briefing.delivery.store.migrations import copy_file, create_tables, has_tables, migrate, prepare_tables
from briefing.delivery.store.secret import Secret, find_secret, read_secret
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from briefing.settings import Settings

VARIABLE: Final = "BRIEFING_DATABASE_URL"
FILE: Final = "ledger.sqlite3"
_DURABLE: Final = "briefing_durable"
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Database:
    """An open database. Use `writing` for every change, and `reading` for everything else."""

    engine: Engine
    secret: Secret
    file: Path | None
    exists: bool = True
    """False for the empty database that stands in for one that was not created yet (`find_database`)."""

    @property
    def is_shared(self) -> bool:
        """Whether several machines can use it at once."""
        return self.engine.dialect.name != "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view. Raises DatabaseError if the database fails."""
        with translated_errors(self.engine.url), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, committed at the end and rolled back on any error. Raises DatabaseError if it fails."""
        with translated_errors(self.engine.url), self.engine.connect() as connection:
            writer = connection.execution_options(**{WRITES: True})
            with writer.begin():
                yield writer

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """One connection for several transactions, which keeps its session's locks between them."""
        with translated_errors(self.engine.url), self.engine.connect() as connection:
            yield connection.execution_options(**{WRITES: True})

    @contextmanager
    def read_transaction(self, connection: Connection) -> Iterator[Connection]:
        """`reading` on a connection of `connect`. It may write to temporary tables, and blocks nobody."""
        with translated_errors(self.engine.url):
            connection.execution_options(**{WRITES: False})
            try:
                with connection.begin():
                    yield connection
            finally:
                connection.execution_options(**{WRITES: True})

    @contextmanager
    def transaction(self, connection: Connection, *, is_durable: bool = True) -> Iterator[Connection]:
        """`writing` on a connection of `connect`.

        is_durable: wait for the disk. A transaction that is not durable survives the end of any process, but on SQLite a power
        failure may undo it and those after it. The next durable transaction makes all before it durable.
        """
        with translated_errors(self.engine.url):
            if self.file and connection.info.get(_DURABLE, True) is not is_durable:
                level = "FULL" if is_durable else "NORMAL"  # https://sqlite.org/pragma.html#pragma_synchronous
                connection.connection.cursor().execute(f"PRAGMA synchronous = {level}")
                connection.info[_DURABLE] = is_durable
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def open_database(settings: Settings, environment: Mapping[str, str]) -> Database:
    """Open the publication's database; create or migrate it if necessary.

    Before a migration, SQLite's file is copied to `ledger.sqlite3.v1`. Raises DatabaseError, without changing anything, if the
    database cannot be reached, is damaged, has a newer version or one that is too old, or was created with another secret, and if
    `CI` is set without a database URL.
    """
    require_persistent_state(environment)
    database = connect_database(settings, environment, read_secret(settings.private, environment))
    try:
        _prepare(database)
    except BriefingError:
        database.close()
        if database.secret.made:  # it does not belong to this database; the next run must not believe that it does
            database.secret.made.unlink(missing_ok=True)
        raise
    return database


def find_database(settings: Settings, environment: Mapping[str, str]) -> Database:
    """Open the publication's database without creating anything, for commands that only read and for dry runs.

    If there is none, return an empty one in memory, with a temporary secret. Raises DatabaseError like `open_database`.
    """
    require_persistent_state(environment)
    secret = find_secret(settings.private, environment)
    file = settings.private / FILE
    if not environment.get(VARIABLE, "").strip() and not file.exists():
        return _in_memory(secret, file)
    # If the secret is missing, any other one makes `_prepare` report that it does not match.
    database = connect_database(settings, environment, secret or _new_secret())
    try:
        with database.reading() as connection:
            exists = has_tables(connection)
        if exists:
            _prepare(database)
            return database
    except BriefingError:
        database.close()
        raise
    database.close()
    return _in_memory(secret, file)


def require_persistent_state(environment: Mapping[str, str]) -> None:
    """Raise DatabaseError if `CI` is set without a database URL: such a machine loses its files after the run."""
    if environment.get("CI") and not environment.get(VARIABLE, "").strip():
        msg = f"CI is set: set {VARIABLE} to a PostgreSQL database, so that delivery state persists"
        raise DatabaseError(msg)


def connect_database(settings: Settings, environment: Mapping[str, str], secret: Secret, file: str = FILE) -> Database:
    """The database as it is, without checking or creating its tables. `file`: SQLite's, in the private folder."""
    url = environment.get(VARIABLE, "").strip()
    path = None if url else settings.private / file
    engine = sqlite_engine(path) if path else postgresql_engine(url, VARIABLE)
    log_transactions(engine)
    _LOG.info("database: %s on %s", engine.dialect.name, path or engine.url.host or "this machine")
    return Database(engine, secret, path)


def require_intact(database: Database) -> None:
    """Raise DatabaseError if SQLite's file is damaged. Reads the whole file."""
    if database.file:
        with database.reading() as connection:
            if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
                raise DatabaseError(damaged_message(database.file))


def now() -> int:
    """The current time, as the tables store it."""
    return int(time.time())


def _in_memory(secret: Secret | None, file: Path) -> Database:
    database = Database(memory_engine(), secret or _new_secret(), file, exists=False)
    with database.writing() as connection:
        create_tables(connection, database.secret)
    return database


def _new_secret() -> Secret:
    return Secret(secrets.token_hex(32))


def _prepare(database: Database) -> None:
    with database.writing() as connection:
        version, steps = prepare_tables(connection, database.secret)
    if not steps:
        return
    if database.file:
        with translated_errors(database.engine.url):
            copy_file(database.file, version)
    with database.writing() as connection:
        migrate(connection, steps)
