"""`publish`: the built site to its host, verified there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from briefing.commands.terminal import TERMINAL
from briefing.errors import WrongUseError
from briefing.release.publishing import publish_site, roll_back


def publish(
    ctx: typer.Context,
    target: Annotated[
        str, typer.Argument(help="file:///srv/www, pages:, ... Default: the settings'.", show_default=False)
    ] = "",
    *,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Publish beside files that publish did not make: they stay.")
    ] = False,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Give readers the release before; nothing is built.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would change at the target.")] = False,
    no_site_check: Annotated[
        bool, typer.Option("--no-site-check", help="Do not wait for the site, nor look at it.")
    ] = False,
) -> None:
    """Check and build the site, put it on its host, and look at SITEURL until what was built is there.

    Where nothing changed, nothing is done. After a failure or an interruption the same command finishes the job.
    """
    root = Path(ctx.obj)
    if rollback and adopt:
        msg = "--rollback publishes nothing: leave out --adopt"
        raise WrongUseError(msg)
    if rollback:
        roll_back(TERMINAL, root, target, verify=not no_site_check, dry_run=dry_run)
    else:
        publish_site(TERMINAL, root, target, verify=not no_site_check, dry_run=dry_run, adopt=adopt)
