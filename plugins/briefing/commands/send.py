"""`send`: the proofed digest to the list, every reader once."""

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
from briefing.release.steps import named


def send(  # noqa: PLR0913 - the options of a command line
    ctx: typer.Context,
    issue: Annotated[str, typer.Argument(metavar="ISSUE", help="The issue: 2026-w14.")],
    *,
    via: Via = "",
    no_site_check: NoSiteCheck = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask when the campaign begins.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Mail nobody: say how many would get it, by domain.")
    ] = False,
    sample_size: Annotated[
        int,
        typer.Option(
            "--sample",
            metavar="N",
            min=0,
            help="No more than N readers this time; with --dry-run put N finished messages into .briefing/samples/.",
            show_default=False,
        ),
    ] = 0,
    unknown: Annotated[
        Unknown,
        typer.Option(
            help="Deliveries in doubt: hold repeats nobody, resend sends them again. Say it before the campaign ends."
        ),
    ] = Unknown.HOLD,
    wait: Annotated[bool, typer.Option("--wait", help="Stay while deliveries wait for their next attempt.")] = False,
) -> None:
    """Mail an issue to every confirmed reader, each once, and go on where an earlier run ended.

    Sent is exactly what was proofed, to those who were on the list when it began; who leaves meanwhile is left out.
    It may be stopped or killed at any moment: the same command goes on. At the end it writes
    content/issues/ISSUE.sent.json, to be committed, and the issue is published. By buttondown:// or listmonk://, which
    keep their own lists, the issue becomes a draft there and nothing is mailed.
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
    send_issue(TERMINAL, publication, named(issue), transport_url(publication, via), asked)
