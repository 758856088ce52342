"""The ledger, open for one command."""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from briefing import settings
from briefing.delivery.store.database import find_database, now, open_database
from briefing.delivery.store.private_folders import restrict_access
from briefing.delivery.store.unfinished_import import is_import_unfinished
from briefing.delivery.subscribers.commit import finish
from briefing.pages.formats import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from briefing.delivery.store.database import Database
    from briefing.delivery.store.secret import Secret
    from briefing.release.console import Console
    from briefing.settings import Settings


def secure_private(console: Console, publication: Settings, *, repair: bool = True) -> None:
    """Warn of files in `.briefing/` that other users of this machine can read, and close them unless `repair` is off."""
    for line in restrict_access(publication.private, fix=repair):
        console.warn(line)


@contextmanager
def open_ledger(console: Console, root: Path, *, read_only: bool = False) -> Iterator[Database]:
    """The publication's ledger, which is created if there is none, unless the command only reads it.

    A command that writes first completes an import that was interrupted; one that reads warns of it.
    """
    publication = settings.load(root)
    secure_private(console, publication, repair=not read_only)
    with closing((find_database if read_only else open_database)(publication, os.environ)) as database:
        warn_of_new_secret(console, database.secret)
        if read_only:
            warn_of_unfinished_import(console, database)
        else:
            finish_import(console, database)
        yield database


def warn_of_new_secret(console: Console, secret: Secret) -> None:
    """Point out a secret that was just created: losing it breaks every reader's links."""
    if secret.made:
        console.warn(
            f"created the secret for readers' links: {secret.made}; keep a copy, for example with `subscribers backup`"
        )


def warn_of_unfinished_import(console: Console, database: Database) -> None:
    """Warn if only a part of an import is on the list."""
    with database.reading() as connection:
        if is_import_unfinished(connection):
            console.warn("warning: an import is in progress or was interrupted, and only part of it is on the list")


def finish_import(console: Console, database: Database) -> None:
    """Put the rest of an interrupted import on the list, and report it."""
    lost = finish(database, now())
    if lost is not None:
        console.warn("completed the interrupted import")
    if lost:
        console.warn(
            f"skipped {format_count(lost, 'row')} whose readers changed in the meantime: import the list again"
        )
