"""`publish`: build the site, upload it and verify it."""

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
        str, typer.Argument(help="file:///srv/www, pages:, ... Default: the one in the settings.", show_default=False)
    ] = "",
    *,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Publish next to files that this tool did not create; they stay.")
    ] = False,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Switch back to the previous release; nothing is built.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list the changes at the target.")] = False,
    no_site_check: Annotated[
        bool, typer.Option("--no-site-check", help="Do not verify the live site, and notify nobody.")
    ] = False,
) -> None:
    """Check and build the site, upload it to its host, verify it at SITEURL, and notify search engines and hubs.

    If nothing has changed, nothing is uploaded. After a failure or an interruption, run the same command again.
    """
    root = Path(ctx.obj)
    if rollback and adopt:
        msg = "--rollback publishes nothing: omit --adopt"
        raise WrongUseError(msg)
    if rollback:
        roll_back(TERMINAL, root, target, verify=not no_site_check, dry_run=dry_run)
    else:
        publish_site(TERMINAL, root, target, verify=not no_site_check, dry_run=dry_run, adopt=adopt)
