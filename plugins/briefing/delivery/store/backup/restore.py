"""Creates a backup, and restores one to a new or empty database, or after moving the existing one aside."""

from __future__ import annotations

import gzip
import io
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, inspect, select, text

from briefing.delivery.store.backup.contents import BackupContents
from briefing.delivery.store.backup.dump import TABLES, dump_lines
from briefing.delivery.store.backup.encryption import LARGEST, decrypt, encrypt
from briefing.delivery.store.backup.load import load
from briefing.delivery.store.database import connect_database, require_persistent_state
from briefing.delivery.store.migrations import create_tables, lock_tables
from briefing.delivery.store.secret import FILE as SECRET_FILE
from briefing.delivery.store.secret import VARIABLE as SECRET_VARIABLE
from briefing.delivery.store.secret import write_secret
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
_ENDINGS: Final = ("", "-wal", "-shm")
_IN_USE: Final = "the database is in use; stop `send`, `listserver` and `inbox`, then try again"
_NOT_EMPTY: Final = "the database already contains readers or issues; pass --replace to move it aside first"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored. aside: where the previous data was moved to. secret: the file it was written to, if any."""

    rows: int
    made_at: int
    aside: tuple[str, ...] = ()
    secret: Path | None = None


def write_backup(database: Database, target: BinaryIO, phrase: str, now: int, advanced: Callable[[int], None]) -> None:
    """Write a consistent snapshot of the database, and the secret, to `target`."""
    packed = io.BytesIO()
    with database.reading() as connection, gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6, mtime=0) as lines:
        if database.is_shared:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        require_import_finished(connection)
        for line in dump_lines(connection, database.secret.text, now, advanced):
            lines.write(line)
    target.write(encrypt(packed.getvalue(), phrase))


def read_backup(file: Path, phrase: str) -> BackupContents:
    """Read and validate a whole backup. Raises BriefingError if it cannot be restored."""
    if file.stat().st_size > LARGEST:
        msg = f"{file} has more than {LARGEST >> 30} GB; pass a file that `subscribers backup` wrote"
        raise BriefingError(msg)
    return BackupContents(decrypt(file.read_bytes(), phrase, str(file)), str(file))


def count(connection: Connection) -> int:
    """The number of rows that a backup will contain."""
    return sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in TABLES)


class Restoration:
    """Restores a publication's database once."""

    def __init__(
        self, settings: Settings, environment: Mapping[str, str], stamp: str, *, is_replacing: bool = False
    ) -> None:
        """`stamp`: letters and digits that make the names of moved data unique."""
        require_persistent_state(environment)
        self._settings, self._environment = settings, environment
        self._aside = f"before_{stamp}"
        self._is_replacing = is_replacing

    def run(self, payload: BackupContents, advanced: Callable[[int], None]) -> Restored:
        """Restore everything or nothing. Raises BriefingError."""
        self._require_secret(payload.secret)
        with closing(connect_database(self._settings, self._environment, payload.secret)) as database:
            restore = self._on_server if database.is_shared else self._on_file
            aside = restore(database, payload, advanced)
        file, old = self._install_secret(payload.secret)
        return Restored(payload.rows, payload.made_at, (*aside, *old), file)

    def _on_server(
        self, database: Database, payload: BackupContents, advanced: Callable[[int], None]
    ) -> tuple[str, ...]:
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
            create_tables(connection, database.secret)
            load(connection, payload, advanced)
        return aside

    def _on_file(self, database: Database, payload: BackupContents, advanced: Callable[[int], None]) -> tuple[str, ...]:
        ledger = database.file
        assert ledger is not None  # noqa: S101 - what is not shared is in a file
        database.close()
        _require_idle(ledger)
        if not self._is_replacing and _is_filled(ledger):
            raise BriefingError(_NOT_EMPTY)
        _remove(ledger.with_name(_DRAFT))
        draft = connect_database(self._settings, self._environment, database.secret, _DRAFT)
        try:
            with closing(draft), draft.writing() as connection:
                create_tables(connection, database.secret)
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
        for ending in _ENDINGS:
            file = ledger.with_name(ledger.name + ending)
            if file.exists():
                file.rename(old.with_name(old.name + ending))
        return (str(old),)

    def _require_secret(self, secret: Secret) -> None:
        given = self._environment.get(SECRET_VARIABLE, "").strip()
        if given and given != secret.text:
            msg = f"{SECRET_VARIABLE} does not match this backup; unset it, then try again"
            raise BriefingError(msg)
        file = self._settings.private / SECRET_FILE
        if not given and file.exists() and not file.is_file():  # checked before anything is written
            msg = f"{file} is not a file, so the backup's secret cannot be written to it; move it away"
            raise BriefingError(msg)

    def _install_secret(self, secret: Secret) -> tuple[Path | None, tuple[str, ...]]:
        if self._environment.get(SECRET_VARIABLE, "").strip():
            return None, ()
        file = self._settings.private / SECRET_FILE
        old = file.with_name(f"{SECRET_FILE}.{self._aside}")
        existed = file.exists()
        if existed and file.read_text(encoding="ascii", errors="replace").strip() == secret.text:
            return None, ()
        if existed:
            file.rename(old)
        write_secret(file, secret.text)
        return file, (str(old),) if existed else ()


def _has_rows(connection: Connection, there: list[str]) -> bool:
    tables = [METADATA.tables[name] for name in there if name != META.name]
    return any(connection.execute(select(table).limit(1)).first() is not None for table in tables)


def _require_idle(ledger: Path) -> None:
    """A process that has the file open would continue to write to the file that was moved aside."""
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
    """Return whether the file contains data; a damaged file may."""
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
    for ending in _ENDINGS:
        file.with_name(file.name + ending).unlink(missing_ok=True)
