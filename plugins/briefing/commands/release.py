"""`release`: an issue from the checked content to its readers and back to the site."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from briefing import settings
from briefing.commands.options import NoSiteCheck, Via  # noqa: TC001 - Typer reads the annotations at run time
from briefing.commands.terminal import TERMINAL
from briefing.release.ledger import secure_private
from briefing.release.mail_setup import transport_url
from briefing.release.proof import proof_recipients
from briefing.release.publishing import target_of
from briefing.release.release import release as release_issue
from briefing.release.steps import ReleasePlan, Until, named


def release(  # noqa: PLR0913 - the options of a command line
    ctx: typer.Context,
    issue: Annotated[
        str, typer.Argument(metavar="[ISSUE]", help="Default: the one that is due, or waits.", show_default=False)
    ] = "",
    *,
    to: Annotated[
        str,
        typer.Option("--to", metavar="URL", help="Where the site goes. Default: the settings'.", show_default=False),
    ] = "",
    via: Via = "",
    proof_to: Annotated[
        list[str] | None,
        typer.Option(
            "--proof-to",
            metavar="ADDRESS",
            help="The desk's address; may be repeated. Default: BRIEFING_PROOF_TO.",
            show_default=False,
        ),
    ] = None,
    until: Annotated[Until | None, typer.Option(help="End with this step, when it is done.")] = None,
    if_due: Annotated[bool, typer.Option("--if-due", help="Only the issue that the schedule asks for now.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask when the sending begins.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be published and mailed; nothing leaves this machine.")
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Stay while deliveries wait for their next attempt.")] = False,
    no_site_check: NoSiteCheck = False,
) -> None:
    """Publish an issue hidden, mail its proof, and once that was read send it to every reader and publish it.

    It may be stopped or killed at any moment and run by anyone who shares the ledger: it goes on where it stopped, and
    nothing is done twice. What was not proofed, exactly as it is, is mailed to the desk, and the release ends there.
    """
    publication = settings.load(ctx.obj)
    secure_private(TERMINAL, publication, repair=not dry_run)
    plan = ReleasePlan(
        publication=publication,
        named=named(issue),
        target=target_of(publication, to),
        url=transport_url(publication, via),
        recipients=proof_recipients(proof_to or (), "--proof-to", os.environ),
        until=until,
        if_due=if_due,
        confirmed=yes,
        waits=wait,
        verify=not no_site_check,
    )
    release_issue(TERMINAL, plan, dry_run=dry_run)
