"""`subscribers backup` and `subscribers restore`: the ledger to an encrypted file, and back."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path  # noqa: TC003 - Typer reads the annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer

from briefing import settings
from briefing.commands.progress import progress
from briefing.commands.terminal import TERMINAL
from briefing.delivery.store.backup.encryption import passphrase
from briefing.delivery.store.backup.restore import Restoration, count, read_backup, write_backup
from briefing.delivery.store.database import now
from briefing.delivery.subscribers.cells import format_time
from briefing.delivery.subscribers.private_files import new_binary_file
from briefing.errors import BriefingError, WrongUseError
from briefing.pages.formats import format_count
from briefing.release.ledger import finish_import, open_ledger, secure_private

if TYPE_CHECKING:
    from briefing.delivery.store.database import Database
    from briefing.settings import Settings


def backup(
    ctx: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to create.")]
) -> None:
    """Write the ledger and the secret for readers' links to one file, encrypted in the format of `age -p`.

    Set the passphrase in BRIEFING_BACKUP_PASSPHRASE. Without it nobody can read the file, including you.
    """
    phrase = passphrase(os.environ)
    with open_ledger(TERMINAL, ctx.obj, read_only=True) as database:
        if not database.exists:
            msg = "nothing to back up: there is no ledger yet"
            raise BriefingError(msg)
        finish_import(TERMINAL, database)
        _back_up(database, file, settings.load(ctx.obj), phrase)


def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `subscribers backup` wrote.")],
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="First move the existing ledger aside. Nothing is deleted.")
    ] = False,
) -> None:
    """Restore the ledger and the secret for readers' links from a backup: everything, or nothing.

    The ledger must be new or empty; otherwise pass --replace. You can restore a backup of SQLite to PostgreSQL and vice
    versa.
    """
    phrase = passphrase(os.environ)
    if not file.is_file():
        msg = f"{file} is not a file: pass a file that `subscribers backup` wrote"
        raise WrongUseError(msg)
    stamp = f"{dt.datetime.now(dt.UTC):%Y%m%d_%H%M%S}"
    publication = settings.load(ctx.obj)
    secure_private(TERMINAL, publication)
    restoration = Restoration(publication, os.environ, stamp, is_replacing=replace)
    payload = read_backup(file, phrase)
    with progress("restore", payload.rows) as advanced:
        done = restoration.run(payload, advanced)
    typer.echo(f"{format_count(done.rows, 'row')} restored, as of {format_time(done.made_at)}")
    for old in done.aside:
        typer.echo(f"moved aside: {old}")
    if done.secret:
        typer.echo(f"the secret for readers' links is in {done.secret}")


def _back_up(database: Database, file: Path, publication: Settings, phrase: str) -> None:
    with new_binary_file(file, publication) as target:
        with database.reading() as connection:
            rows = count(connection)
        with progress("backup", rows) as advanced:
            write_backup(database, target, phrase, now(), advanced)
    typer.echo(f"{format_count(rows, 'row')} written to {file}")
