"""The rows of an import into the list: all of them, or none.

On PostgreSQL that is one transaction, which nobody else waits for. SQLite has one writer at a time, so there the rows go
in a few thousand at a time, and others may write in between. What makes that all or none is a file beside the ledger: it
has every row that was decided, and the ledger's `meta` says how far it has been taken. An import that is killed before the
file is named there has changed nothing; one that is killed later is finished by whoever opens the list next (`finish`),
before an issue is opened or a backup made.
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
_GAP: Final = 0.03  # seconds between two, at least: who waits looks every 25 ms (sqlite3.c, sqliteDefaultBusyCallback)
_MEMORY: Final = 60_000  # KiB; with less SQLite writes the pages of the list's indexes again and again


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row that was staged and not kept: the number of its file, its line, and what was to be done."""

    file: int
    line: int
    act: RowAction
    state: str
    consented_at: int


def keep(database: Database, connection: Connection, now: int) -> tuple[SkippedRow, ...]:
    """Put what was staged into the list; the rows that could not be.

    A row is lost if the list has changed since it was decided: whoever has joined, confirmed or left meanwhile is not
    overruled by a file. All others are kept. Raises DatabaseError; on PostgreSQL, and on SQLite before the first of them is
    taken, none is kept then; later, `finish` keeps the rest.
    """
    if database.is_shared:
        with database.read_transaction(connection):
            sort_staging(connection, SORTED)
        with database.transaction(connection):
            skip_changed(connection, SORTED, literal(value=True))
            apply(connection, SORTED, literal(value=True), now)
        with database.read_transaction(connection):
            return _lost(connection, SORTED)
    with _alone(database):
        _take_pending(database, connection, now)  # of an import that was killed
        file = _file(database, f"import-{secrets.token_hex(6)}")
        with _attached(connection, file, is_new=True):
            try:
                with database.read_transaction(connection):
                    sort_staging(connection, ATTACHED)
                with database.transaction(connection):
                    connection.execute(insert(META).values(name=NAME, value=f"{file.name} 0"))
                return _take(database, connection, file, 0, now)
            except BaseException:
                _forget_untouched(database, connection, file)
                raise


def finish(database: Database, now: int) -> int | None:
    """Take what is left of an import that was killed; how many rows of it were lost, None if there was no such import.

    Waits for one that is alive.
    """
    with database.reading() as connection:
        if not is_import_unfinished(connection):
            return None
    with _alone(database), database.connect() as connection:
        with database.read_transaction(connection):
            if not is_import_unfinished(connection):
                return None
        return len(_take_pending(database, connection, now))


def _take_pending(database: Database, connection: Connection, now: int) -> tuple[SkippedRow, ...]:
    with database.read_transaction(connection):
        pending = unfinished_import(connection)
    named, _, upto = (pending or "").partition(" ")
    for left in database.file.parent.glob(f"{database.file.name}.import-*") if database.file else ():
        if left.name.partition("-journal")[0] != named:  # killed before its rows were decided
            left.unlink(missing_ok=True)
    if not named:
        return ()
    file = _file(database, named.rpartition(".")[2])
    if not file.exists():
        msg = f"{file} is missing, which has the rest of an import; restore a backup, or import the list again"
        with database.transaction(connection):
            connection.execute(delete(META).where(META.c.name == NAME))
        raise BriefingError(msg)
    with _attached(connection, file):
        return _take(database, connection, file, int(upto), now)


def _take(database: Database, connection: Connection, file: Path, upto: int, now: int) -> tuple[SkippedRow, ...]:
    """Chunk by chunk, with time for others between them."""
    while (last := _end(database, connection, upto)) > upto:
        began = time.monotonic()
        which = ATTACHED.c.id.between(upto + 1, last)
        with database.transaction(connection, is_deferred=True):
            skip_changed(connection, ATTACHED, which)
            apply(connection, ATTACHED, which, now)
            connection.execute(update(META).where(META.c.name == NAME).values(value=f"{file.name} {last}"))
        upto = last
        time.sleep(max(_GAP, (time.monotonic() - began) / 2))
    with database.read_transaction(connection):
        lost = _lost(connection, ATTACHED)
    with database.transaction(connection):
        connection.execute(delete(META).where(META.c.name == NAME))
    return lost


def _forget_untouched(database: Database, connection: Connection, file: Path) -> None:
    """Nothing has happened if not one row has been taken."""
    with database.transaction(connection):
        untouched = META.c.name == NAME, META.c.value == f"{file.name} 0"
        connection.execute(delete(META).where(*untouched))
        if unfinished_import(connection) is None:
            file.unlink(missing_ok=True)


def _end(database: Database, connection: Connection, upto: int) -> int:
    """The last row of the chunk behind a row: all rows of one mailbox go together."""
    rows = ATTACHED.c
    with database.read_transaction(connection):
        near = select(rows.id, rows.hash).where(rows.id > upto).order_by(rows.id).offset(_CHUNK - 1).limit(1)
        found = connection.execute(near).one_or_none()
        following = select(rows.id).order_by(rows.id).limit(1)
        if found:
            other = connection.execute(following.where(rows.id > found.id, rows.hash != found.hash)).scalar()
            if other is not None:
                return int(other) - 1
        last = select(rows.id).order_by(rows.id.desc()).limit(1)
        return int(connection.execute(last).scalar() or 0)


def _lost(connection: Connection, staged: Table) -> tuple[SkippedRow, ...]:
    rows = staged.c
    query = select(rows.file, rows.line, rows.act, rows.state, rows.consented_at).where(rows.is_lost == 1)
    found = connection.execute(query.order_by(rows.file, rows.line))
    return tuple(
        SkippedRow(file, line, RowAction(act), state, consented_at) for file, line, act, state, consented_at in found
    )


def _file(database: Database, ending: str) -> Path:
    assert database.file is not None  # noqa: S101 - what is not shared is in a file
    return database.file.with_name(f"{database.file.name}.{ending}")


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """One import at a time puts its rows on the list; the next waits. The lock ends with its process."""
    lock = _file(database, "importing")
    lock.touch(mode=0o600)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@contextmanager
def _attached(connection: Connection, file: Path, *, is_new: bool = False) -> Iterator[None]:
    """The file as a schema of this connection; gone once its rows are taken, or if they never will be."""
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
