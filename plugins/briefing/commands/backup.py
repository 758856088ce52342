"""`subscribers backup` and `subscribers restore`: the ledger in a file that only a passphrase opens, and back."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path  # noqa: TC003 - Typer reads the annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer

from briefing import settings
from briefing.commands.ledger import finish_import, ledger, say_private
from briefing.commands.progress import progress
from briefing.delivery.store.backup.encryption import passphrase
from briefing.delivery.store.backup.restore import Restoration, back_up, count, read_backup
from briefing.delivery.store.database import now
from briefing.delivery.subscribers.cells import instant
from briefing.delivery.subscribers.private_files import new_octets
from briefing.errors import BriefingError, WrongUseError
from briefing.pages.formats import format_count

if TYPE_CHECKING:
    from briefing.delivery.store.database import Database
    from briefing.settings import Settings


def backup(ctx: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")]) -> None:
    """Write the whole ledger and the secret of readers' links to one file, encrypted as `age -p` does.

    The passphrase is in BRIEFING_BACKUP_PASSPHRASE. Without it nobody can read the file, including you.
    """
    phrase = passphrase(os.environ)
    with ledger(ctx.obj, reads=True) as database:
        if not database.is_made:
            msg = "there is no ledger yet, so there is nothing to back up"
            raise BriefingError(msg)
        finish_import(database)
        _back_up(database, file, settings.load(ctx.obj), phrase)


def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `subscribers backup` wrote.")],
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put a ledger that is there aside first. Nothing is deleted.")
    ] = False,
) -> None:
    """Restore the ledger and the secret of readers' links from a backup: everything, or nothing.

    The ledger must be new or empty, or --replace is given. The database may be of another kind than the backup's.
    """
    phrase = passphrase(os.environ)
    if not file.is_file():
        msg = f"{file} is not a file; give one that `subscribers backup` wrote"
        raise WrongUseError(msg)
    stamp = f"{dt.datetime.now(dt.UTC):%Y%m%d_%H%M%S}"
    publication = settings.load(ctx.obj)
    say_private(publication)
    restoration = Restoration(publication, os.environ, stamp, is_replacing=replace)
    payload = read_backup(file, phrase)
    with progress("restore", payload.rows) as advanced:
        done = restoration.run(payload, advanced)
    typer.echo(f"{format_count(done.rows, 'row')} restored, as of {instant(done.made_at)}")
    for old in done.aside:
        typer.echo(f"put aside: {old}")
    if done.secret:
        typer.echo(f"the secret of readers' links is in {done.secret}")


def _back_up(database: Database, file: Path, publication: Settings, phrase: str) -> None:
    with new_octets(file, publication) as target:
        with database.reading() as connection:
            rows = count(connection)
        with progress("backup", rows) as advanced:
            back_up(database, target, phrase, now(), advanced)
    typer.echo(f"{format_count(rows, 'row')} written to {file}")
