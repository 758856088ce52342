"""The tables of a database: created, checked against its secret, and brought to this program's version."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, select, update

from briefing.delivery.store.database_errors import DatabaseError
from briefing.delivery.store.tables import META, METADATA, RELEASES, VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sqlalchemy import Connection

    from briefing.delivery.store.secret import Secret

# By version: the step that leads to it from the version before.
MIGRATIONS: Mapping[int, Callable[[Connection], None]] = {}

_NO_VERSION: Final = (
    "the database has tables without a version; move it away and restore a backup with `subscribers restore`"
)


def create_tables(connection: Connection, secret: Secret) -> None:
    """Create all tables in an empty database."""
    METADATA.create_all(connection)
    rows = [
        {"name": "version", "value": str(VERSION)},
        {"name": "secret_fingerprint", "value": secret.fingerprint},
    ]
    connection.execute(insert(META), rows)


def lock_tables(connection: Connection) -> None:
    """On PostgreSQL, let nobody else create or change tables until this transaction ends."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7201)")


def has_tables(connection: Connection) -> bool:
    """Return whether the database was created. Raises DatabaseError if it has some of our tables, but no version."""
    if connection.dialect.has_table(connection, META.name):
        return True
    if any(connection.dialect.has_table(connection, name) for name in METADATA.tables):
        raise DatabaseError(_NO_VERSION)
    return False


def prepare_tables(connection: Connection, secret: Secret) -> tuple[int, list[int]]:
    """Create the tables if there are none; return the database's version, and the versions to migrate to.

    Raises DatabaseError if the database was created with another secret, or if its version is newer or too old.
    """
    lock_tables(connection)
    if not has_tables(connection):
        create_tables(connection, secret)
    known = {row.name: row.value for row in connection.execute(select(META.c.name, META.c.value))}
    if known.get("secret_fingerprint") != secret.fingerprint:
        msg = "BRIEFING_SECRET does not match this database; restore the original secret"
        raise DatabaseError(msg)
    version = known.get("version", "")
    if not version.isdecimal():
        raise DatabaseError(_NO_VERSION)
    steps = _steps(int(version))
    if not connection.dialect.has_table(connection, RELEASES.name):
        RELEASES.create(connection)  # an additional table needs no new version: an older program ignores it
    return int(version), steps


def copy_file(file: Path, version: int) -> None:
    """Copy an SQLite database before its migration, to `ledger.sqlite3.v1`."""
    copy = file.with_name(f"{file.name}.v{version}")
    with sqlite3.connect(file) as old, sqlite3.connect(copy) as new:
        old.backup(new)
    copy.chmod(0o600)


def migrate(connection: Connection, steps: list[int]) -> None:
    """Apply the steps that another process has not applied in the meantime."""
    lock_tables(connection)
    reached = connection.execute(select(META.c.value).where(META.c.name == "version")).scalar_one()
    for step in [step for step in steps if step > int(reached)]:
        MIGRATIONS[step](connection)
        connection.execute(update(META).where(META.c.name == "version").values(value=str(step)))


def _steps(version: int) -> list[int]:
    latest = max(VERSION, *MIGRATIONS, 0)
    if version > latest:
        msg = f"the database has version {version}, from a newer version of this program; update the program, or restore a backup"
        raise DatabaseError(msg)
    steps = list(range(version + 1, latest + 1))
    if any(step not in MIGRATIONS for step in steps):
        msg = (
            f"the database has version {version}, too old for this program, which needs version {latest}; "
            "run `status` once with a version of the program in between, or restore a newer backup"
        )
        raise DatabaseError(msg)
    return steps
