"""`proof`: the digest to the desk."""

from __future__ import annotations

import datetime as dt
import os
from typing import Annotated

import typer

from briefing import settings
from briefing.commands.outgoing import NoSiteCheck, Via, chosen, opened, require_site, say_made
from briefing.delivery.campaigns.gates import bound, require_settings
from briefing.delivery.campaigns.parcels import Parcels
from briefing.delivery.campaigns.proof import send_proof
from briefing.delivery.mailboxes import Mailbox, MailboxError, read_mailbox
from briefing.delivery.secret import read_secret
from briefing.desk.records import keep_proof
from briefing.errors import WrongUseError
from briefing.model import ProofRecord
from briefing.site.proofs import proof_of


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
    messenger. It holds no address.
    """
    publication = settings.load(ctx.obj)
    desk = tuple(_mailbox(place, address) for place, address in enumerate(to, start=1))
    url = chosen(publication, via)
    messenger, signer = opened(publication, url)
    shown = proof_of(publication, issue)
    for problem in shown.warnings:
        typer.echo(problem, err=True)
    require_settings(publication, readers=0)
    secret = read_secret(publication.private, os.environ)
    say_made(secret)
    if not no_site_check:
        require_site(shown, publication, secret)
    parcels = Parcels(publication, secret, shown.issue.id, 0, shown.digest.segments, signer)
    send_proof(parcels, messenger, desk, publication)
    traits = messenger.traits
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    record = ProofRecord(
        issue=shown.issue.id,
        fingerprint=bound(shown.digest.fingerprint, publication),
        messenger=traits.name,
        keeps=traits.keeps.value,
        at=now,
    )
    file = keep_proof(publication, record)
    typer.echo(f"proof of {shown.issue.id} mailed by {traits.name}; read it, commit {file}, then send")


def _mailbox(place: int, address: str) -> Mailbox:
    try:
        return read_mailbox(address)
    except MailboxError as error:
        msg = f"--to: address {place} {error}"
        raise WrongUseError(msg) from error
