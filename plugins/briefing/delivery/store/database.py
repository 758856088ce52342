"""The database of list and ledger: SQLite in `.briefing/`, or PostgreSQL by `BRIEFING_DATABASE_URL`."""

from __future__ import annotations

import logging
import os
import re
import secrets
import sqlite3
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import create_engine, event, insert, make_url, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import QueuePool

from briefing.delivery.store.email_addresses import without_addresses
from briefing.delivery.store.secret import Secret, find_secret, read_secret
from briefing.delivery.store.tables import META, METADATA, RELEASES, VERSION
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection, Engine, Select, Table
    from sqlalchemy.engine.url import URL

    from briefing.settings import Settings

VARIABLE: Final = "BRIEFING_DATABASE_URL"
FILE: Final = "ledger.sqlite3"
_WAIT: Final = 20  # seconds to wait for another process's transaction
_WRITES: Final = "briefing_writes"
_HASTY: Final = "briefing_hasty"
_LOG: Final = logging.getLogger(__name__)

_VERSIONLESS: Final = (
    "the ledger does not say which version it is of: put it aside and restore a backup (subscribers restore)"
)

# What leads from the version before to the one named, in order.
MIGRATIONS: Mapping[int, Callable[[Connection], None]] = {}


class DatabaseError(BriefingError):
    """The database cannot be used, or refused a change. What was not committed did not happen."""


@dataclass(frozen=True, slots=True)
class Database:
    """One open database. Use `writing` for every change, however small, and `reading` for all else."""

    engine: Engine
    secret: Secret
    file: Path | None
    is_made: bool = True
    """False for the empty one that stands in for a ledger that is yet to be made (`find_database`)."""

    @property
    def is_shared(self) -> bool:
        """Whether several machines may use it at once."""
        return self.engine.dialect.name != "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view. Raises DatabaseError where the database fails."""
        with _translated(self.engine.url), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: committed at the end, rolled back on any error. Raises DatabaseError where it fails."""
        with _translated(self.engine.url), self.engine.connect() as connection:
            writer = connection.execution_options(**{_WRITES: True})
            with writer.begin():
                yield writer

    @contextmanager
    def held(self) -> Iterator[Connection]:
        """One connection for as long as the block lasts, for `within`; what it locks stays locked between two of them."""
        with _translated(self.engine.url), self.engine.connect() as connection:
            yield connection.execution_options(**{_WRITES: True})

    @contextmanager
    def looking(self, connection: Connection) -> Iterator[Connection]:
        """`reading` on a connection that is held. Tables that are temporary may be written to, and nobody waits for it."""
        with _translated(self.engine.url):
            connection.execution_options(**{_WRITES: False})
            try:
                with connection.begin():
                    yield connection
            finally:
                connection.execution_options(**{_WRITES: True})

    @contextmanager
    def within(self, connection: Connection, *, is_hasty: bool = False) -> Iterator[Connection]:
        """`writing` on a connection that is held.

        A hasty transaction survives the end of every process, but on SQLite a power failure may take it back, and with
        it the hasty ones after it; one that is not hasty keeps those before it too.
        """
        with _translated(self.engine.url):
            if self.file and connection.info.get(_HASTY, False) is not is_hasty:
                level = "NORMAL" if is_hasty else "FULL"  # https://sqlite.org/pragma.html#pragma_synchronous
                connection.connection.cursor().execute(f"PRAGMA synchronous = {level}")
                connection.info[_HASTY] = is_hasty
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def open_database(settings: Settings, environment: Mapping[str, str]) -> Database:
    """The publication's database, made or brought up to date where needed.

    Before an older one is changed, SQLite's file is copied beside it (`ledger.sqlite3.v1`). Raises DatabaseError where
    it cannot be reached, is damaged, of a version that is newer or too old, or made with another secret, and where the
    machine forgets (`CI` is set) and no database is named; nothing has been changed then.
    """
    require_memory(environment)
    database = unprepared(settings, environment, read_secret(settings.private, environment))
    try:
        with _translated(database.engine.url):
            _prepare(database)
    except BriefingError:
        database.close()
        if database.secret.made:  # it is not the one of this ledger, and would be taken for it
            database.secret.made.unlink(missing_ok=True)
        raise
    return database


def find_database(settings: Settings, environment: Mapping[str, str]) -> Database:
    """The publication's database to look at, which makes nothing: for what only reads, and for dry runs.

    If there is none yet, an empty one in memory takes its place, and a secret that is forgotten with it. Raises
    DatabaseError as `open_database` does.
    """
    require_memory(environment)
    secret = find_secret(settings.private, environment)
    is_named = bool(environment.get(VARIABLE, "").strip())
    file = settings.private / FILE
    if not is_named and not file.exists():
        return _in_memory(secret, file)
    # Without a secret the ledger is somebody else's: any other than its own makes `_prepare` say so.
    database = unprepared(settings, environment, secret or _new_secret())
    try:
        with _translated(database.engine.url):
            with database.reading() as connection:
                is_made = database.engine.dialect.has_table(connection, META.name)
                if not is_made:
                    _require_empty(connection)
            if is_made:
                _prepare(database)
                return database
    except BriefingError:
        database.close()
        raise
    database.close()
    return _in_memory(secret, file)


def require_memory(environment: Mapping[str, str]) -> None:
    """Raise DatabaseError where the machine forgets and no other's database is named."""
    if environment.get("CI") and not environment.get(VARIABLE, "").strip():
        msg = f"this machine forgets (CI is set), and with it who got what: set {VARIABLE} to a PostgreSQL database"
        raise DatabaseError(msg)


def unprepared(settings: Settings, environment: Mapping[str, str], secret: Secret, file: str = FILE) -> Database:
    """The database as it is: neither made nor looked at. `file`: SQLite's, in the private folder."""
    named = environment.get(VARIABLE, "").strip()
    path = None if named else settings.private / file
    engine = _engine(named, path)
    event.listen(engine, "commit", partial(_log, "committed"))
    event.listen(engine, "rollback", partial(_log, "rolled back"))
    _LOG.info("database: %s on %s", engine.dialect.name, path or engine.url.host or "this machine")
    return Database(engine, secret, path)


def _log(end: str, connection: Connection) -> None:
    if connection.get_execution_options().get(_WRITES):
        _LOG.debug("transaction %s", end)


def make_tables(connection: Connection, secret: Secret) -> None:
    """Make the tables where there are none."""
    METADATA.create_all(connection)
    rows = [{"name": "version", "value": str(VERSION)}, {"name": "mark", "value": secret.mark}]
    connection.execute(insert(META), rows)


def lock_tables(connection: Connection) -> None:
    """On PostgreSQL, let nobody else make or change tables until this transaction ends."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7201)")


def require_sound(database: Database) -> None:
    """Raise DatabaseError where SQLite finds its file damaged; reads the whole file."""
    if database.file:
        with database.reading() as connection:
            if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
                raise DatabaseError(_damaged(database.file))


def _engine(named: str, file: Path | None) -> Engine:
    if file:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))
        engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": _WAIT, "check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        url = make_url(re.sub(r"^postgres(?:ql)?://", "postgresql+psycopg://", named))
    except ArgumentError:
        url = None
    if url is None or url.get_backend_name() != "postgresql":
        msg = f"{VARIABLE} is not a valid address of a PostgreSQL database; write it as postgresql://user@host/name"
        raise DatabaseError(msg)
    # It warns of what it could not tell a server that is gone; the error itself is raised, and told.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    return create_engine(url, pool_pre_ping=True)


def _in_memory(secret: Secret | None, file: Path) -> Database:
    """An empty database that is gone once it is closed."""
    anchor = f"file:{secrets.token_hex(8)}?mode=memory&cache=shared"  # all connections of this process have the same

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(anchor, uri=True, timeout=_WAIT, check_same_thread=False)

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool)
    kept = connect()  # else it would be gone between two connections
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "engine_disposed", lambda _engine: kept.close())
    database = Database(engine, secret or _new_secret(), file, is_made=False)
    with database.writing() as connection:
        make_tables(connection, database.secret)
    return database


def _new_secret() -> Secret:
    return Secret(secrets.token_hex(32))


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where `_begin_sqlite` says
    # FULL: what is committed stays, also when the power fails (https://sqlite.org/pragma.html#pragma_synchronous)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -16000", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _prepare(database: Database) -> None:
    with database.writing() as connection:
        lock_tables(connection)
        if not database.engine.dialect.has_table(connection, META.name):
            _require_empty(connection)
            make_tables(connection, database.secret)
        known = {row.name: row.value for row in connection.execute(select(META.c.name, META.c.value))}
        if known.get("mark") != database.secret.mark:
            msg = "the ledger was made with another secret, so that its readers' links would break: set BRIEFING_SECRET"
            raise DatabaseError(msg)
        version = _version(known.get("version", ""))
        steps = _steps(version)
        if not database.engine.dialect.has_table(connection, RELEASES.name):
            RELEASES.create(connection)  # one more table is no new version: an older program leaves it alone
    if steps:
        _migrate(database, version, steps)


def _require_empty(connection: Connection) -> None:
    if any(connection.dialect.has_table(connection, name) for name in METADATA.tables):
        raise DatabaseError(_VERSIONLESS)


def _version(written: str) -> int:
    if not written.isdecimal():
        raise DatabaseError(_VERSIONLESS)
    return int(written)


def _steps(version: int) -> list[int]:
    """Every step from a ledger's version to ours. Raises DatabaseError if it is newer, or if one is missing."""
    ours = max(VERSION, *MIGRATIONS, 0)
    if version > ours:
        msg = (
            f"the ledger is of version {version}, written by a newer version: update this program, or restore a backup"
        )
        raise DatabaseError(msg)
    steps = list(range(version + 1, ours + 1))
    if any(step not in MIGRATIONS for step in steps):
        msg = (
            f"the ledger is of version {version}, too old for this program, which needs version {ours}: "
            "run `status` once with a program between the two, or restore a newer backup"
        )
        raise DatabaseError(msg)
    return steps


def _migrate(database: Database, version: int, steps: list[int]) -> None:
    if database.file:
        copy = database.file.with_name(f"{database.file.name}.v{version}")
        with sqlite3.connect(database.file) as old, sqlite3.connect(copy) as new:
            old.backup(new)
        copy.chmod(0o600)
    with database.writing() as connection:
        lock_tables(connection)
        reached = connection.execute(select(META.c.value).where(META.c.name == "version")).scalar_one()
        for step in [step for step in steps if step > int(reached)]:  # another process may have been faster
            MIGRATIONS[step](connection)
            connection.execute(update(META).where(META.c.name == "version").values(value=str(step)))


@contextmanager
def _translated(url: URL) -> Iterator[None]:
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        # The driver's own words, not SQLAlchemy's, which repeat the statement and its values.
        cause = error.orig if isinstance(error, DBAPIError) else error
        said = str(cause).strip().splitlines()
        reason = said[0] if said else type(cause).__name__
        if isinstance(cause, sqlite3.Error):
            raise DatabaseError(_of_sqlite(reason, str(url.database))) from error
        msg = f"the database at {url.host or 'this machine'} failed: {without_addresses(reason)}; nothing of this step was kept"
        raise DatabaseError(msg) from error


def _of_sqlite(reason: str, file: str) -> str:
    if any(sign in reason for sign in ("malformed", "not a database", "disk image")):
        return _damaged(file)
    if "readonly" in reason or "unable to open" in reason:
        return f"{file} cannot be written ({reason}); make it and its folder yours, then run this again"
    if "locked" in reason:
        return f"{file} is held by another process; wait until it is done, then run this again"
    return f"{file}: {reason}; make room or mend the disk, then run this again: nothing of this step was kept"


def _damaged(file: str | Path) -> str:
    return f"{file} is damaged; nothing was sent. Put it aside and restore a backup (subscribers restore)"


def insert_new(connection: Connection, table: Table, rows: Mapping[str, object] | list[dict[str, object]]) -> None:
    """Insert the rows that break no uniqueness; those that do are left out, also where another process was faster."""
    kind = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    if rows:
        connection.execute(kind(table).on_conflict_do_nothing(), rows)


def insert_from(connection: Connection, table: Table, names: Sequence[str], rows: Select[Any]) -> None:
    """Insert what a query finds, but for rows that break a uniqueness. The query has a condition (SQLite's grammar)."""
    kind = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    connection.execute(kind(table).from_select(names, rows).on_conflict_do_nothing())


def now() -> int:
    """The time as the tables keep it."""
    return int(time.time())
