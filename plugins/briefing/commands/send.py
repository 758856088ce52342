"""`send`: mail the proofed digest to every reader, once."""

from __future__ import annotations

from typing import Annotated

import typer

from briefing import settings
from briefing.commands.options import NoSiteCheck, Via  # noqa: TC001 - Typer reads the annotations at run time
from briefing.commands.terminal import TERMINAL
from briefing.delivery.sending.uncertain import Unknown
from briefing.release.ledger import secure_private
from briefing.release.mail_setup import transport_url
from briefing.release.send import SendOptions
from briefing.release.send import send as send_issue
from briefing.release.steps import issue_id


def send(  # noqa: PLR0913 - the options of a command line
    ctx: typer.Context,
    issue: Annotated[str, typer.Argument(metavar="ISSUE", help="The issue: 2026-w14.")],
    *,
    via: Via = "",
    no_site_check: NoSiteCheck = False,
    yes: Annotated[bool, typer.Option("--yes", help="Start sending without asking.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send nothing; show how many readers would get it, by domain.")
    ] = False,
    sample_size: Annotated[
        int,
        typer.Option(
            "--sample",
            metavar="N",
            min=0,
            help="At most N readers this time; with --dry-run, write N messages to .briefing/samples/.",
            show_default=False,
        ),
    ] = 0,
    unknown: Annotated[
        Unknown,
        typer.Option(
            help="Uncertain deliveries: hold does not resend them; resend sends them again (possible duplicates)."
        ),
    ] = Unknown.HOLD,
    wait: Annotated[
        bool, typer.Option("--wait", help="Keep running until deferred deliveries are tried again.")
    ] = False,
) -> None:
    """Send an issue to every confirmed reader once, resuming an interrupted run.

    Sends exactly the proofed digest to the readers who were on the list at the start, except those who unsubscribe
    meanwhile. You can stop it at any moment and run it again to resume. At the end it marks the issue as published and
    writes content/issues/ISSUE.sent.json, which you commit. With buttondown:// or listmonk://, which keep their own lists,
    it creates a draft there and sends nothing.
    """
    publication = settings.load(ctx.obj)
    secure_private(TERMINAL, publication, repair=not dry_run)
    asked = SendOptions(
        dry_run=dry_run,
        confirmed=yes,
        verify=not no_site_check,
        sample_size=sample_size,
        unknown=unknown,
        waits=wait,
    )
    send_issue(TERMINAL, publication, issue_id(issue), transport_url(publication, via), asked)
