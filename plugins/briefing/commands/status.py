"""`status`: the state of a campaign."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated

import typer

from briefing import settings
from briefing.commands.terminal import TERMINAL
from briefing.delivery.sending.campaign_status import statuses
from briefing.delivery.store.database import find_database
from briefing.errors import BriefingError
from briefing.release.ledger import secure_private

if TYPE_CHECKING:
    from briefing.settings import Settings


def status(
    ctx: typer.Context,
    issue: Annotated[str, typer.Argument(metavar="[ISSUE]", help="Only this issue.", show_default=False)] = "",
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON: a list of campaigns, empty if nothing was sent.")
    ] = False,
) -> None:
    """Show how many readers got each issue, when deferred deliveries are tried again, and which are uncertain.

    Readers appear by their identifiers (see `subscribers show`). Uncertain deliveries also have their Message-ID, so that you
    can find them in the mail server's log.
    """
    publication = settings.load(ctx.obj)
    secure_private(TERMINAL, publication, repair=False)
    name = PurePosixPath(issue).name.removesuffix(".md")
    with closing(find_database(publication, os.environ)) as database:
        found = statuses(database, publication, name)
    if as_json:
        typer.echo(json.dumps([each.as_json() for each in found], indent=2))
    if name and not found:
        _require_issue(publication, name)
    if as_json:
        return
    if not found:
        typer.echo(f"{name}: nothing has been sent yet" if name else "nothing has been sent yet")
    for each in found:
        for line in each.lines():
            typer.echo(line)


def _require_issue(publication: Settings, name: str) -> None:
    """Raise BriefingError if there is no issue of this name: it may be mistyped."""
    if not (publication.content / "issues" / f"{name}.md").is_file():
        msg = f"there is no issue `{name}`; check the spelling"
        raise BriefingError(msg)
