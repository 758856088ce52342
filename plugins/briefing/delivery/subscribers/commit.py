"""Commits the staged rows of an import to the list: all of them, or none.

On PostgreSQL this is one transaction, for which no one waits. SQLite has one writer at a time, so rows are committed in chunks
of a few thousand, and others can write in between. To make that atomic, a file next to the database contains all rows, and
the `meta` table names it and says how many rows are committed. An import that is killed before the file is named there has
changed nothing. One that is killed later is completed by the next command that opens the list (`finish`), before a campaign
is opened or a backup made.
"""

from __future__ import annotations

import fcntl
import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, literal, select, update

from briefing.delivery.store.tables import META
from briefing.delivery.store.unfinished_import import NAME, is_import_unfinished, unfinished_import
from briefing.delivery.subscribers.decisions import RowAction
from briefing.delivery.subscribers.effects import apply, skip_changed
from briefing.delivery.subscribers.staging import ATTACHED, SCHEMA, SORTED, sort_staging
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Table

    from briefing.delivery.store.database import Database

_CHUNK: Final = 2_000  # rows of one transaction on SQLite
_GAP: Final = (
    0.03  # minimum seconds between two: waiting writers try every 25 ms (sqlite3.c, sqliteDefaultBusyCallback)
)
_MEMORY: Final = 60_000  # KiB; with less, SQLite writes the pages of the list's indexes repeatedly


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A staged row that was not committed. file: the number of its file."""

    file: int
    line: int
    action: RowAction
    state: str
    consented_at: int


def commit(database: Database, connection: Connection, now: int) -> tuple[SkippedRow, ...]:
    """Commit the staged rows, and return those that were skipped.

    A row is skipped if its reader changed since it was evaluated: a file does not overrule readers who joined, confirmed or
    unsubscribed in the meantime. Raises DatabaseError. Then nothing was committed, except on SQLite after the first chunk:
    `finish` commits the rest.
    """
    if database.is_shared:
        with database.read_transaction(connection):
            sort_staging(connection, SORTED)
        with database.transaction(connection):
            skip_changed(connection, SORTED, literal(value=True))
            apply(connection, SORTED, literal(value=True), now)
        with database.read_transaction(connection):
            return _skipped(connection, SORTED)
    with _locked(database):
        _commit_pending(database, connection, now)  # of a killed import
        file = _file(database, f"import-{secrets.token_hex(6)}")
        with _attached(connection, file, is_new=True):
            try:
                with database.read_transaction(connection):
                    sort_staging(connection, ATTACHED)
                with database.transaction(connection):
                    connection.execute(insert(META).values(name=NAME, value=f"{file.name} 0"))
                return _commit_chunks(database, connection, file, 0, now)
            except BaseException:
                _discard_untouched(database, connection, file)
                raise


def finish(database: Database, now: int) -> int | None:
    """Complete a killed import. Return how many of its rows were skipped; None if there was no such import.

    Waits for an import that is running.
    """
    with database.reading() as connection:
        if not is_import_unfinished(connection):
            return None
    with _locked(database), database.connect() as connection:
        with database.read_transaction(connection):
            if not is_import_unfinished(connection):
                return None
        return len(_commit_pending(database, connection, now))


def _commit_pending(database: Database, connection: Connection, now: int) -> tuple[SkippedRow, ...]:
    with database.read_transaction(connection):
        pending = unfinished_import(connection)
    named, _, done = (pending or "").partition(" ")
    for left in database.file.parent.glob(f"{database.file.name}.import-*") if database.file else ():
        if left.name.partition("-journal")[0] != named:  # killed before its rows were evaluated
            left.unlink(missing_ok=True)
    if not named:
        return ()
    file = _file(database, named.rpartition(".")[2])
    if not file.exists():
        msg = f"{file} with the rest of an import is missing; restore a backup, or import the list again"
        with database.transaction(connection):
            connection.execute(delete(META).where(META.c.name == NAME))
        raise BriefingError(msg)
    with _attached(connection, file):
        return _commit_chunks(database, connection, file, int(done), now)


def _commit_chunks(
    database: Database, connection: Connection, file: Path, done: int, now: int
) -> tuple[SkippedRow, ...]:
    """Chunk by chunk, with time for others between them."""
    while (last := _end(database, connection, done)) > done:
        began = time.monotonic()
        which = ATTACHED.c.id.between(done + 1, last)
        with database.transaction(connection, is_durable=False):
            skip_changed(connection, ATTACHED, which)
            apply(connection, ATTACHED, which, now)
            connection.execute(update(META).where(META.c.name == NAME).values(value=f"{file.name} {last}"))
        done = last
        time.sleep(max(_GAP, (time.monotonic() - began) / 2))
    with database.read_transaction(connection):
        lost = _skipped(connection, ATTACHED)
    with database.transaction(connection):
        connection.execute(delete(META).where(META.c.name == NAME))
    return lost


def _discard_untouched(database: Database, connection: Connection, file: Path) -> None:
    """Delete the file if no row was committed."""
    with database.transaction(connection):
        untouched = META.c.name == NAME, META.c.value == f"{file.name} 0"
        connection.execute(delete(META).where(*untouched))
        if unfinished_import(connection) is None:
            file.unlink(missing_ok=True)


def _end(database: Database, connection: Connection, done: int) -> int:
    """The last row of the chunk after a row. The rows of one mailbox stay together."""
    rows = ATTACHED.c
    with database.read_transaction(connection):
        near = select(rows.id, rows.hash).where(rows.id > done).order_by(rows.id).offset(_CHUNK - 1).limit(1)
        found = connection.execute(near).one_or_none()
        following = select(rows.id).order_by(rows.id).limit(1)
        if found:
            other = connection.execute(following.where(rows.id > found.id, rows.hash != found.hash)).scalar()
            if other is not None:
                return int(other) - 1
        last = select(rows.id).order_by(rows.id.desc()).limit(1)
        return int(connection.execute(last).scalar() or 0)


def _skipped(connection: Connection, staged: Table) -> tuple[SkippedRow, ...]:
    rows = staged.c
    query = select(rows.file, rows.line, rows.action, rows.state, rows.consented_at).where(rows.is_skipped == 1)
    found = connection.execute(query.order_by(rows.file, rows.line))
    return tuple(
        SkippedRow(file, line, RowAction(action), state, consented_at)
        for file, line, action, state, consented_at in found
    )


def _file(database: Database, ending: str) -> Path:
    assert database.file is not None  # noqa: S101 - SQLite has a file
    return database.file.with_name(f"{database.file.name}.{ending}")


@contextmanager
def _locked(database: Database) -> Iterator[None]:
    """One import at a time; the next waits. The lock ends with its process."""
    lock = _file(database, "importing")
    lock.touch(mode=0o600)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@contextmanager
def _attached(connection: Connection, file: Path, *, is_new: bool = False) -> Iterator[None]:
    """The file as a schema of this connection; deleted after its rows are committed."""
    if is_new:
        file.touch(mode=0o600)
    cursor = connection.connection.cursor()
    cursor.execute(f"ATTACH DATABASE ? AS {SCHEMA}", (str(file),))
    cursor.execute(f"PRAGMA main.cache_size = -{_MEMORY}")
    try:
        yield
    finally:
        connection.connection.cursor().execute(f"DETACH DATABASE {SCHEMA}")
    file.unlink()
