"""The ledger, open for one command."""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import typer

from briefing import settings
from briefing.delivery.store.database import find_database, now, open_database
from briefing.delivery.store.private_folders import close_private
from briefing.delivery.subscribers.commit import finish, is_unfinished
from briefing.pages.formats import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from briefing.delivery.store.database import Database
    from briefing.settings import Settings


def say_private(publication: Settings, *, mends: bool = True) -> None:
    """Say what in `.briefing/` was open to other users of this machine, and close it unless the command only reads."""
    for line in close_private(publication.private, mends=mends):
        typer.echo(line, err=True)


@contextmanager
def ledger(root: Path, *, reads: bool = False) -> Iterator[Database]:
    """The publication's ledger, made if there is none, unless the command only `reads`.

    A secret that has just been made is told of: whoever loses it breaks readers' links.
    """
    publication = settings.load(root)
    say_private(publication, mends=not reads)
    opened = find_database if reads else open_database
    with closing(opened(publication, os.environ)) as database:
        if made := database.secret.made:
            typer.echo(f"made the secret of readers' links: {made}; keep a copy of it (subscribers backup)", err=True)
        if reads:
            say_unfinished(database)
        else:
            finish_import(database)
        yield database


def say_unfinished(database: Database) -> None:
    """Warn if only a part of an import is on the list."""
    with database.reading() as connection:
        if is_unfinished(connection):
            typer.echo("warning: an import is being put on the list, and only a part of it is there", err=True)


def finish_import(database: Database) -> None:
    """Put the rest of an import that was stopped on the list, and say so."""
    lost = finish(database, now())
    if lost is not None:
        typer.echo("the import that was stopped is finished", err=True)
    if lost:
        typer.echo(
            f"{format_count(lost, 'row')} left out, since their readers changed here meanwhile: import the list again",
            err=True,
        )
