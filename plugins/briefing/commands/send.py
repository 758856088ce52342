"""`send`: the proofed digest to the list, every reader once."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import PurePosixPath
from typing import Annotated

import typer

from briefing import settings
from briefing.commands.campaigns import begin, close, find, finish_campaign, proofed, run
from briefing.commands.dry_run import rehearse
from briefing.commands.ledger import say_private
from briefing.commands.mail_setup import NoSiteCheck, Via, chosen, opened, say_made
from briefing.commands.provider_drafts import hand_over
from briefing.content.library.records import read_sent
from briefing.delivery.sending import preconditions
from briefing.delivery.sending.providers import SCHEMES
from briefing.delivery.sending.run import terms_of
from briefing.delivery.sending.uncertain import Unknown
from briefing.delivery.store.database import find_database, open_database, require_sound


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
    say_private(publication, mends=not dry_run)
    name = PurePosixPath(issue).name.removesuffix(".md")
    url = chosen(publication, via)
    if url.partition(":")[0].lower() in SCHEMES:
        hand_over(publication, name, url, looks=not no_site_check, dry_run=dry_run)
        return
    transport, signer = opened(publication, url)
    with closing((find_database if dry_run else open_database)(publication, os.environ)) as database:
        say_made(database.secret)
        require_sound(database)
        campaign = find(database, publication, name, unknown, is_dry=dry_run)
        if campaign and campaign.finished_at and read_sent(publication, name) is None and not campaign.counts:
            finish_campaign(database, publication, campaign)  # killed between the ledger and the record
            return
        if campaign:
            preconditions.require_open(campaign, transport.traits)
        if dry_run:
            rehearse(database, publication, campaign, name, transport, signer, sample_size)
            return
        if campaign is None:
            shown = proofed(publication, name, transport)
            campaign = begin(database, publication, shown, transport, yes=yes, looks=not no_site_check)
        terms = terms_of(publication, unknown=unknown, waits=wait, most=sample_size, signs=signer is not None)
        close(database, publication, campaign, run(database, publication, campaign, transport, signer, terms))
