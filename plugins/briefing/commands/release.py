"""`release`: an issue, from the checked content to its readers and back to the site, going on where it stopped."""

from __future__ import annotations

import os
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from briefing import settings
from briefing.commands.campaigns import begin, close, find, finish_campaign, run
from briefing.commands.dry_run import rehearse
from briefing.commands.ledger import say_private
from briefing.commands.mail_setup import NoSiteCheck, Via, chosen, opened, say_made
from briefing.commands.proofing import desk_of
from briefing.commands.provider_drafts import release_by_provider
from briefing.commands.publish import put_live, target_of
from briefing.commands.steps import ReleasePlan, Until, issue_of, named, publish_sent, recorded, require_proofed, show
from briefing.content.library.records import read_proof, read_sent
from briefing.delivery.sending import preconditions
from briefing.delivery.sending.providers import SCHEMES
from briefing.delivery.sending.run import terms_of
from briefing.delivery.sending.uncertain import Unknown
from briefing.delivery.store import release_steps
from briefing.delivery.store.database import find_database, open_database, require_sound
from briefing.delivery.store.release_steps import ReleaseStep
from briefing.errors import BriefingError
from briefing.site.proofs import render_proof

if TYPE_CHECKING:
    from briefing.delivery.sending.campaign import Campaign
    from briefing.delivery.store.database import Database


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
    say_private(publication, mends=not dry_run)
    plan = ReleasePlan(
        publication=publication,
        named=named(issue),
        target=target_of(publication, to),
        url=chosen(publication, via),
        desk=desk_of(proof_to or (), "--proof-to", os.environ),
        until=until,
        if_due=if_due,
        yes=yes,
        waits=wait,
        looks=not no_site_check,
    )
    if plan.url.partition(":")[0].lower() in SCHEMES:
        with nullcontext() if dry_run else release_steps.alone(publication.private, None):
            release_by_provider(plan, dry_run=dry_run)
        return
    with closing((find_database if dry_run else open_database)(publication, os.environ)) as database:
        say_made(database.secret)
        require_sound(database)
        if dry_run:
            _rehearse(plan, database)
            return
        with release_steps.alone(publication.private, database):
            _release(plan, database)


def _release(plan: ReleasePlan, database: Database) -> None:
    """The steps, each of which is left out where it is done."""
    over = _over(plan, database)
    name = issue_of(plan, over)
    if not name:
        return
    campaign = find(database, plan.publication, name, Unknown.HOLD, is_dry=False)
    if campaign and campaign.finished_at and read_sent(plan.publication, name) is None and not campaign.counts:
        finish_campaign(database, plan.publication, campaign, "release")  # killed before the record, or sent elsewhere
    if name in over:
        _say_over(plan, database, name)
        return
    if plan.until is Until.PROOF and campaign:
        typer.echo(f"{name} is proofed, and its release goes on: run it without --until")
        return
    if campaign is None or not campaign.finished_at:
        _send(plan, database, name, campaign)
    if plan.until is None:
        publish_sent(plan, database, name)


def _send(plan: ReleasePlan, database: Database, name: str, campaign: Campaign | None) -> None:
    """From the hidden issue to its last reader. What ends the release before that is raised."""
    publication = plan.publication
    transport, signer = opened(publication, plan.url)
    if campaign is None:
        shown = show(plan, name, database)
        require_proofed(plan, shown, transport, signer, database)
        if plan.until is Until.PROOF:
            return
        campaign = begin(database, publication, shown, transport, yes=plan.yes, looks=False)
    preconditions.require_open(campaign, transport.traits)
    terms = terms_of(publication, unknown=Unknown.HOLD, waits=plan.waits, most=0, signs=signer is not None)
    close(database, publication, campaign, run(database, publication, campaign, transport, signer, terms), "release")
    campaign = find(database, publication, name, Unknown.HOLD, is_dry=False)
    if campaign is None or not campaign.finished_at:
        msg = f"{name} is being sent by others too: run release again when they are done"
        raise BriefingError(msg)


def _over(plan: ReleasePlan, database: Database) -> frozenset[str]:
    """The issues of which nothing is left to do: sent, by record or ledger, and not to be put up any more."""
    with database.reading() as connection:
        left = () if plan.until is Until.SEND else release_steps.unpublished(connection)
        return (release_steps.sent(connection) | recorded(plan.publication)) - {*left}


def _say_over(plan: ReleasePlan, database: Database, name: str) -> None:
    sent = read_sent(plan.publication, name)
    with database.reading() as connection:
        is_up = ReleaseStep.PUBLISHED in release_steps.steps_of(connection, name)
    when = f" on {sent.finished:%Y-%m-%d}" if sent else ""
    typer.echo(f"{name} was sent{when}{' and published' if is_up else ''}: nothing is left to do")


def _rehearse(plan: ReleasePlan, database: Database) -> None:
    """What it would do, in lines."""
    over = _over(plan, database)
    name = issue_of(plan, over)
    if name in over:
        _say_over(plan, database, name)
    if not name or name in over:
        return
    campaign = find(database, plan.publication, name, Unknown.HOLD, is_dry=True)
    put_live(plan.publication.root, plan.target, looks=False, dry_run=True)
    if campaign and campaign.finished_at:
        typer.echo(f"{name} is sent; the site would be put up with it")
        return
    transport, signer = opened(plan.publication, plan.url)
    if campaign is None:
        shown = render_proof(plan.publication, name)
        bound = preconditions.bound(shown.digest.fingerprint, plan.publication)
        if not preconditions.is_proofed(bound, read_proof(plan.publication, name), transport.traits):
            typer.echo(f"{name} is not proofed as it is: a proof would be mailed, and the release end there")
            return
    rehearse(database, plan.publication, campaign, name, transport, signer, 0)
