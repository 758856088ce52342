"""`proof`: send the digest to the proof recipients."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from briefing import settings
from briefing.commands.options import NoSiteCheck, Via  # noqa: TC001 - Typer reads the annotations at run time
from briefing.commands.terminal import TERMINAL
from briefing.release.ledger import secure_private
from briefing.release.mail_setup import transport_url
from briefing.release.proof import proof as proof_issue
from briefing.release.proof import proof_recipients


def proof(
    ctx: typer.Context,
    issue: Annotated[str, typer.Argument(metavar="ISSUE", help="The issue: 2026-w14.")],
    *,
    to: Annotated[list[str], typer.Option("--to", metavar="ADDRESS", help="A proof recipient; can be repeated.")],
    via: Via = "",
    no_site_check: NoSiteCheck = False,
) -> None:
    """Send an issue's digest to the proof recipients, exactly as readers will get it, and record it.

    Commit the record, content/issues/ISSUE.proof.json: `send` only mails the recorded digest, by the same transport. The
    record contains no address.
    """
    publication = settings.load(ctx.obj)
    secure_private(TERMINAL, publication)
    recipients = proof_recipients(to, "--to", os.environ)
    url = transport_url(publication, via, allow_provider=False)
    proof_issue(TERMINAL, publication, issue, url, recipients, verify=not no_site_check)
