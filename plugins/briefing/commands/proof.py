"""`proof`: the digest to the desk."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from briefing import settings
from briefing.commands.ledger import say_private
from briefing.commands.mail_setup import NoSiteCheck, Via, chosen, opened, say_made
from briefing.commands.problems import say_warnings
from briefing.commands.proofing import desk_of, mail_proof, say_proofed
from briefing.delivery.store.secret import read_secret
from briefing.site.proofs import render_proof


def proof(
    ctx: typer.Context,
    issue: Annotated[str, typer.Argument(metavar="ISSUE", help="The issue: 2026-w14.")],
    *,
    to: Annotated[list[str], typer.Option("--to", metavar="ADDRESS", help="The desk's address; may be repeated.")],
    via: Via = "",
    no_site_check: NoSiteCheck = False,
) -> None:
    """Mail an issue's digest to the desk, exactly as readers will get it, and record what was mailed.

    The record, content/issues/ISSUE.proof.json, is to be committed: `send` mails only what it names, by the same
    transport. It holds no address.
    """
    publication = settings.load(ctx.obj)
    say_private(publication)
    desk = desk_of(to, "--to", os.environ)
    transport, signer = opened(publication, chosen(publication, via, hands_over=False))
    shown = render_proof(publication, issue)
    say_warnings(shown.warnings)
    secret = read_secret(publication.private, os.environ)
    say_made(secret)
    file = mail_proof(publication, shown, transport, signer, desk, secret, looks=not no_site_check)
    say_proofed(shown.issue.id, transport, file, "send")
