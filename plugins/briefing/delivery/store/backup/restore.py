"""A backup, and the way back: into a ledger that is new or empty, or in place of one that is put aside."""

from __future__ import annotations

import gzip
import io
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, inspect, select, text

from briefing.delivery.store.backup.contents import Payload
from briefing.delivery.store.backup.dump import TABLES, lines_of
from briefing.delivery.store.backup.encryption import LARGEST, seal, unseal
from briefing.delivery.store.backup.load import load
from briefing.delivery.store.database import lock_tables, make_tables, require_memory, unprepared
from briefing.delivery.store.secret import FILE as SECRET_FILE
from briefing.delivery.store.secret import VARIABLE as SECRET_VARIABLE
from briefing.delivery.store.secret import keep_secret
from briefing.delivery.store.tables import META, METADATA
from briefing.delivery.store.unfinished_import import require_import_finished
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import BinaryIO

    from sqlalchemy import Connection

    from briefing.delivery.store.database import Database
    from briefing.delivery.store.secret import Secret
    from briefing.settings import Settings

_DRAFT: Final = "ledger.sqlite3.restoring"
_BESIDE: Final = ("", "-wal", "-shm")
_IN_USE: Final = "the ledger is in use: stop `send`, `listserver` and `inbox`, then restore again"
_NOT_EMPTY: Final = "there is a ledger with readers or issues in it already; --replace puts it aside first"


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restoration did. aside: where what was there before is now. secret: the file it was written to, if any."""

    rows: int
    made_at: int
    aside: tuple[str, ...] = ()
    secret: Path | None = None


def back_up(database: Database, target: BinaryIO, phrase: str, now: int, advanced: Callable[[int], None]) -> None:
    """Write the whole database and the secret to `target`, as they are at one moment."""
    packed = io.BytesIO()
    with database.reading() as connection, gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6, mtime=0) as lines:
        if database.is_shared:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        require_import_finished(connection)
        for line in lines_of(connection, database.secret.text, now, advanced):
            lines.write(line)
    target.write(seal(packed.getvalue(), phrase))


def read_backup(file: Path, phrase: str) -> Payload:
    """A backup, checked from beginning to end. Raises BriefingError if it could not be restored as it is."""
    if file.stat().st_size > LARGEST:
        msg = f"{file} has more than {LARGEST >> 30} GB; give a file that `subscribers backup` wrote"
        raise BriefingError(msg)
    return Payload(unseal(file.read_bytes(), phrase, str(file)), str(file))


def count(connection: Connection) -> int:
    """How many rows a backup will have."""
    return sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in TABLES)


class Restoration:
    """One restoration of one publication's ledger."""

    def __init__(
        self, settings: Settings, environment: Mapping[str, str], stamp: str, *, is_replacing: bool = False
    ) -> None:
        """`stamp` tells what is put aside from other times: letters and digits only."""
        require_memory(environment)
        self._settings, self._environment = settings, environment
        self._aside = f"before_{stamp}"
        self._is_replacing = is_replacing

    def run(self, payload: Payload, advanced: Callable[[int], None]) -> Restored:
        """Restore everything or nothing. Raises BriefingError."""
        self._require_secret(payload.secret)
        with closing(unprepared(self._settings, self._environment, payload.secret)) as database:
            restore = self._on_server if database.is_shared else self._on_file
            aside = restore(database, payload, advanced)
        file, old = self._place_secret(payload.secret)
        return Restored(payload.rows, payload.made_at, (*aside, *old), file)

    def _on_server(self, database: Database, payload: Payload, advanced: Callable[[int], None]) -> tuple[str, ...]:
        aside: tuple[str, ...] = ()
        with database.writing() as connection:
            connection.exec_driver_sql("SET LOCAL lock_timeout = '20s'")
            lock_tables(connection)
            there = sorted(set(inspect(connection).get_table_names()) & set(METADATA.tables))
            if _has_rows(connection, there):
                if not self._is_replacing:
                    raise BriefingError(_NOT_EMPTY)
                connection.execute(text(f"CREATE SCHEMA {self._aside}"))
                for table in there:
                    connection.execute(text(f"ALTER TABLE {table} SET SCHEMA {self._aside}"))
                aside = (f"the schema {self._aside}",)
            else:
                METADATA.drop_all(connection)
            make_tables(connection, database.secret)
            load(connection, payload, advanced)
        return aside

    def _on_file(self, database: Database, payload: Payload, advanced: Callable[[int], None]) -> tuple[str, ...]:
        ledger = database.file
        assert ledger is not None  # noqa: S101 - what is not shared is in a file
        database.close()
        _require_idle(ledger)
        if not self._is_replacing and _is_filled(ledger):
            raise BriefingError(_NOT_EMPTY)
        _remove(ledger.with_name(_DRAFT))
        draft = unprepared(self._settings, self._environment, database.secret, _DRAFT)
        try:
            with closing(draft), draft.writing() as connection:
                make_tables(connection, database.secret)
                load(connection, payload, advanced)
        except BaseException:
            _remove(ledger.with_name(_DRAFT))
            raise
        aside = self._put_aside(ledger) if _is_filled(ledger) else ()
        _remove(ledger)
        ledger.with_name(_DRAFT).replace(ledger)
        return aside

    def _put_aside(self, ledger: Path) -> tuple[str, ...]:
        old = ledger.with_name(f"{ledger.name}.{self._aside}")
        for ending in _BESIDE:
            file = ledger.with_name(ledger.name + ending)
            if file.exists():
                file.rename(old.with_name(old.name + ending))
        return (str(old),)

    def _require_secret(self, secret: Secret) -> None:
        given = self._environment.get(SECRET_VARIABLE, "").strip()
        if given and given != secret.text:
            msg = f"{SECRET_VARIABLE} is not the secret of this backup: unset it, and restore again"
            raise BriefingError(msg)
        file = self._settings.private / SECRET_FILE
        if not given and file.exists() and not file.is_file():  # said before anything is written
            msg = f"{file} is not a file, so that the backup's secret cannot be written there; move it away"
            raise BriefingError(msg)

    def _place_secret(self, secret: Secret) -> tuple[Path | None, tuple[str, ...]]:
        if self._environment.get(SECRET_VARIABLE, "").strip():
            return None, ()
        file = self._settings.private / SECRET_FILE
        old = file.with_name(f"{SECRET_FILE}.{self._aside}")
        is_there = file.exists()
        if is_there and file.read_text(encoding="ascii", errors="replace").strip() == secret.text:
            return None, ()
        if is_there:
            file.rename(old)
        keep_secret(file, secret.text)
        return file, (str(old),) if is_there else ()


def _has_rows(connection: Connection, there: list[str]) -> bool:
    tables = [METADATA.tables[name] for name in there if name != META.name]
    return any(connection.execute(select(table).limit(1)).first() is not None for table in tables)


def _require_idle(ledger: Path) -> None:
    """A process that has the file open would go on writing to what is put aside."""
    if not ledger.exists():
        return
    with closing(sqlite3.connect(ledger, timeout=1)) as connection:
        try:
            mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
        except sqlite3.OperationalError as error:
            raise BriefingError(_IN_USE) from error
        except sqlite3.DatabaseError:  # damaged: a reason to restore
            return
    if mode != "delete":
        raise BriefingError(_IN_USE)


def _is_filled(ledger: Path) -> bool:
    """Whether there is anything to lose in the file; a damaged one may hold something."""
    if not ledger.exists() or not ledger.stat().st_size:
        return False
    with closing(sqlite3.connect(ledger)) as connection:
        try:
            there = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            ours = there & set(METADATA.tables) - {META.name}
            return any(connection.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone() for name in ours)  # noqa: S608 - our own names
        except sqlite3.DatabaseError:
            return True


def _remove(file: Path) -> None:
    for ending in _BESIDE:
        file.with_name(file.name + ending).unlink(missing_ok=True)
