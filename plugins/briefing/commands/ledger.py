"""The ledger, open for one command."""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import typer

from briefing import settings
from briefing.delivery.database import find_database, open_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from briefing.delivery.database import Database


@contextmanager
def ledger(root: Path, *, reads: bool = False) -> Iterator[Database]:
    """The publication's ledger, made if there is none, unless the command only `reads`.

    A secret that has just been made is told of: whoever loses it breaks readers' links.
    """
    opened = find_database if reads else open_database
    with closing(opened(settings.load(root), os.environ)) as database:
        if made := database.secret.made:
            typer.echo(f"made the secret of readers' links: {made}; keep a copy of it (subscribers backup)", err=True)
        yield database
