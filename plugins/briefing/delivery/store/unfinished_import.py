"""Whether an import into SQLite was stopped before all of its rows were written.

Such an import is recorded in `meta`: the name of the file that contains its rows, a space, and the number of the last row that was
written. `subscribers/commit.py` writes and completes it. Until then, no issue may be opened and no backup made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from briefing.delivery.store.tables import META
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from sqlalchemy import Connection

NAME: Final = "import"
"""The key in `meta`."""


def unfinished_import(connection: Connection) -> str | None:
    """The recorded value, or None if no import is unfinished."""
    return connection.execute(select(META.c.value).where(META.c.name == NAME)).scalar()


def is_import_unfinished(connection: Connection) -> bool:
    """Return whether the list contains only a part of an import."""
    return unfinished_import(connection) is not None


def require_import_finished(connection: Connection) -> None:
    """Raise BriefingError if the list contains only a part of an import."""
    if is_import_unfinished(connection):
        msg = "an import is still running; wait until it is done, then run this command again"
        raise BriefingError(msg)
