"""Errors of the database, in the words of this program and without the values of a statement."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from briefing.delivery.store.email_addresses import redact_addresses
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.engine.url import URL


class DatabaseError(BriefingError):
    """The database cannot be used, or refused a change. Nothing that was not committed has happened."""


@contextmanager
def translated_errors(url: URL) -> Iterator[None]:
    """Raise the driver's errors as DatabaseError. SQLAlchemy's own text would repeat the statement and its values."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        lines = str(cause).strip().splitlines()
        reason = lines[0] if lines else type(cause).__name__
        if isinstance(cause, sqlite3.Error):
            raise DatabaseError(_sqlite_message(reason, str(url.database))) from error
        msg = (
            f"the database on {url.host or 'this machine'} failed: {redact_addresses(reason)}; this step was not saved"
        )
        raise DatabaseError(msg) from error


def damaged_message(file: str | Path) -> str:
    """What to say about a damaged SQLite file."""
    return f"{file} is damaged; nothing was sent. Move it away and restore a backup with `subscribers restore`"


def _sqlite_message(reason: str, file: str) -> str:
    if any(text in reason for text in ("malformed", "not a database", "disk image")):
        return damaged_message(file)
    if "readonly" in reason or "unable to open" in reason:
        return f"{file} is not writable ({reason}); check the permissions of the file and its folder, then try again"
    if "locked" in reason:
        return f"{file} is locked by another process; wait until it is done, then try again"
    return f"{file}: {reason}; check the disk and its free space, then try again. This step was not saved"
