"""`status`: how a campaign stands."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import PurePosixPath
from typing import Annotated

import typer

from briefing import settings
from briefing.commands.ledger import say_private
from briefing.delivery.campaigns.status import statuses
from briefing.delivery.database import find_database
from briefing.errors import BriefingError


def status(
    ctx: typer.Context,
    issue: Annotated[str, typer.Argument(metavar="[ISSUE]", help="Only this issue's.", show_default=False)] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: a list of campaigns.")] = False,
) -> None:
    """How many readers got an issue, who waits and until when, and which deliveries are in doubt.

    Readers are named by their identifiers (`subscribers show`), deliveries in doubt also by their Message-ID, under
    which the mail server's log has them.
    """
    publication = settings.load(ctx.obj)
    say_private(publication, mends=False)
    name = PurePosixPath(issue).name.removesuffix(".md")
    with closing(find_database(publication, os.environ)) as database:
        found = statuses(database, publication, name)
    if name and not found:
        msg = f"{name} has not been sent: there is no campaign of it"
        raise BriefingError(msg)
    if as_json:
        typer.echo(json.dumps([each.as_json() for each in found], indent=2))
    elif not found:
        typer.echo("nothing has been sent yet")
    for each in found if not as_json else ():
        for line in each.lines():
            typer.echo(line)
