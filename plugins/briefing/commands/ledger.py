"""The ledger, open for one command."""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import typer

from briefing import settings
from briefing.delivery.database import find_database, open_database
from briefing.delivery.folders import close_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from briefing.delivery.database import Database
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
        yield database
