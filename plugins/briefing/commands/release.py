"""`release`: publish an issue hidden, proof it, send it, publish it."""

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
from briefing.release.recipe import release as release_issue
from briefing.release.steps import ReleasePlan, Until, issue_id


def release(  # noqa: PLR0913 - the options of a command line
    ctx: typer.Context,
    issue: Annotated[
        str, typer.Argument(metavar="[ISSUE]", help="Default: the issue that is due or waiting.", show_default=False)
    ] = "",
    *,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="URL",
            help="Where to publish the site. Default: the target in the settings.",
            show_default=False,
        ),
    ] = "",
    via: Via = "",
    proof_to: Annotated[
        list[str] | None,
        typer.Option(
            "--proof-to",
            metavar="ADDRESS",
            help="A proof recipient; can be repeated. Default: BRIEFING_PROOF_TO.",
            show_default=False,
        ),
    ] = None,
    until: Annotated[Until | None, typer.Option(help="Stop after this step.")] = None,
    if_due: Annotated[
        bool, typer.Option("--if-due", help="Only release the issue that is due by the schedule.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Start sending without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be published and sent.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Keep running until deferred deliveries are tried again.")
    ] = False,
    no_site_check: NoSiteCheck = False,
) -> None:
    """Publish an issue hidden and send its proof; run again after reading it, to send the issue and publish it.

    You can stop it at any moment; run it again, on any machine with the same ledger, to resume. No step is repeated. If the
    digest has changed since its proof, a new proof is sent and the release stops there.
    """
    publication = settings.load(ctx.obj)
    secure_private(TERMINAL, publication, repair=not dry_run)
    plan = ReleasePlan(
        publication=publication,
        named=issue_id(issue),
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
