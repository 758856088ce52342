"""SQLAlchemy's engines for SQLite and PostgreSQL, with the settings on which the ledger's promises rest."""

from __future__ import annotations

import logging
import os
import re
import secrets
import sqlite3
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from briefing.delivery.store.database_errors import DatabaseError

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Engine

WRITES: Final = "briefing_writes"
"""The execution option of a connection whose transactions write."""
_LOCK_SECONDS: Final = 20  # how long to wait for another process's transaction
_LOG: Final = logging.getLogger(__name__)


def sqlite_engine(file: Path) -> Engine:
    """The engine for a file, which is created, readable only by its owner, if it is missing."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))
    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": _LOCK_SECONDS, "check_same_thread": False})
    return _configured(engine)


def memory_engine() -> Engine:
    """The engine for an empty SQLite database in memory, which is gone when the engine is disposed."""
    name = f"file:{secrets.token_hex(8)}?mode=memory&cache=shared"  # all connections of this process share it

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(name, uri=True, timeout=_LOCK_SECONDS, check_same_thread=False)

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool)
    anchor = connect()  # without it, the database would be gone between two connections
    event.listen(engine, "engine_disposed", lambda _engine: anchor.close())
    return _configured(engine)


def postgresql_engine(url: str, variable: str) -> Engine:
    """The engine for a PostgreSQL URL. Raises DatabaseError, which names the `variable`, if the URL is not valid."""
    try:
        parsed = make_url(re.sub(r"^postgres(?:ql)?://", "postgresql+psycopg://", url))
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.get_backend_name() != "postgresql":
        msg = f"{variable} is not a valid PostgreSQL URL; write it as postgresql://user@host/name"
        raise DatabaseError(msg)
    # Psycopg warns when the server of a connection is gone; the error itself is raised and reported.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    return create_engine(parsed, pool_pre_ping=True)


def log_transactions(engine: Engine) -> None:
    """Log the end of each transaction that writes."""
    event.listen(engine, "commit", partial(_log, "committed"))
    event.listen(engine, "rollback", partial(_log, "rolled back"))


def _log(end: str, connection: Connection) -> None:
    if connection.get_execution_options().get(WRITES):
        _LOG.debug("transaction %s", end)


def _configured(engine: Engine) -> Engine:
    event.listen(engine, "connect", _configure_connection)
    event.listen(engine, "begin", _begin)
    return engine


def _configure_connection(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # `_begin` begins transactions
    # FULL: committed data survives a power failure (https://sqlite.org/pragma.html#pragma_synchronous)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -16000", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
