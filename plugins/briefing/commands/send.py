"""`send`: the proofed digest to the list, every reader once."""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from contextlib import closing
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated

import typer

from briefing import settings
from briefing.commands.handoff import hand_over
from briefing.commands.outgoing import NoSiteCheck, Via, chosen, opened, require_site, say_made
from briefing.commands.progress import progress
from briefing.delivery.campaigns import gates
from briefing.delivery.campaigns.campaign import Campaign, campaign_of, next_due, tally
from briefing.delivery.campaigns.closing import sent_record
from briefing.delivery.campaigns.doubt import Unknown
from briefing.delivery.campaigns.ledger import Rest
from briefing.delivery.campaigns.opening import Sendable, open_campaign, readers, sample
from briefing.delivery.campaigns.parcels import Parcels
from briefing.delivery.campaigns.runs import finish, terms_of
from briefing.delivery.campaigns.runs import send as run_campaign
from briefing.delivery.database import now, open_database, require_sound
from briefing.delivery.handoff import SCHEMES
from briefing.delivery.retention import tidy
from briefing.delivery.schema import FINAL, State
from briefing.desk.records import keep_sent, mark_published
from briefing.digest.frozen import frozen, thawed
from briefing.errors import BriefingError, WrongUseError
from briefing.library.records import read_proof, read_sent
from briefing.site.proofs import proof_of
from briefing.templating import say_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from briefing.delivery.campaigns.outcomes import Claim
    from briefing.delivery.campaigns.sending import Run, Terms
    from briefing.delivery.database import Database
    from briefing.delivery.messengers.contract import Messenger, Parcel
    from briefing.digest.signing import Signer
    from briefing.settings import Settings
    from briefing.site.proofs import Proof

INTERRUPTED = 130
_DOMAINS = 10  # the largest are shown
_SAMPLES = "samples"


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
    name = PurePosixPath(issue).name.removesuffix(".md")
    url = chosen(publication, via)
    if url.partition(":")[0].lower() in SCHEMES:
        hand_over(publication, name, url, looks=not no_site_check, dry_run=dry_run)
        return
    messenger, signer = opened(publication, url)
    with closing(open_database(publication, os.environ)) as database:
        say_made(database.secret)
        require_sound(database)
        with database.reading() as connection:
            campaign = campaign_of(connection, name)
        if campaign and campaign.finished_at and read_sent(publication, name) is None and not campaign.counts:
            _finish(database, publication, campaign)  # killed between the ledger and the record
            return
        if campaign:
            gates.require_open(campaign, messenger.traits)
        if dry_run:
            _rehearse(database, publication, campaign, _proofed(publication, name, messenger), signer, sample_size)
            return
        campaign = campaign or _open(database, publication, name, messenger, yes=yes, looks=not no_site_check)
        terms = terms_of(publication, unknown=unknown, waits=wait, most=sample_size, signs=signer is not None)
        run = _run(database, publication, campaign, messenger, signer, terms)
        _close(database, publication, campaign, run)


def _proofed(publication: Settings, name: str, messenger: Messenger) -> Proof:
    shown = proof_of(publication, name)
    gates.require_proofed(
        shown.issue.id, shown.digest.fingerprint, read_proof(publication, shown.issue.id), messenger.traits
    )
    return shown


def _open(
    database: Database, publication: Settings, name: str, messenger: Messenger, *, yes: bool, looks: bool
) -> Campaign:
    """Everything that must hold, then the question, then the campaign."""
    shown = _proofed(publication, name, messenger)
    with database.reading() as connection:
        number = sum(readers(connection, now()).values())
    gates.require_settings(publication, number)
    if looks:
        require_site(shown, publication, database.secret)
    if not yes:
        _ask(f"Mail “{shown.digest.subject}” to {say_count(number, 'reader')} by {messenger.traits.name}?")
    content = frozen(shown.digest)
    digest = Sendable(shown.issue.id, shown.digest.fingerprint, content, shown.issue.story_ids)
    with database.writing() as connection:
        return open_campaign(connection, digest, messenger.traits, now())


def _ask(question: str) -> None:
    if not sys.stdin.isatty():
        msg = "nobody is there to be asked: run it on a terminal, or with --yes"
        raise WrongUseError(msg)
    typer.confirm(question, abort=True)


def _run(
    database: Database,
    publication: Settings,
    campaign: Campaign,
    messenger: Messenger,
    signer: Signer | None,
    terms: Terms,
) -> Run:
    digest = thawed(campaign.content)
    parcels = Parcels(publication, database.secret, campaign.issue, campaign.id, digest.segments, signer)

    def make(claim: Claim) -> Parcel:
        return parcels.make(claim.reader, claim.address, time.time())

    with database.reading() as connection:
        before = _accounted(tally(connection, campaign.id))
    with progress(f"sending {campaign.issue}", campaign.recipients, before) as show:
        return run_campaign(
            database, campaign, messenger, make, terms, lambda run: show(before + _accounted(run.counts))
        )


def _accounted(counts: Mapping[State, int]) -> int:
    return sum(counts.get(state, 0) for state in FINAL)


def _close(database: Database, publication: Settings, campaign: Campaign, run: Run) -> None:
    """Say what was done; where nothing is left, record it."""
    with database.reading() as connection:
        counts, due = tally(connection, campaign.id), next_due(connection, campaign.id)
    typer.echo(_summary(campaign, counts))
    if run.refusal:
        msg = f"stopped: {run.refusal}; mend that, then run send again: it goes on where it stopped"
        raise BriefingError(msg)
    if run.rest is Rest.OVER:
        _finish(database, publication, campaign)
    elif run.rest in {Rest.DEFERRED, Rest.DAY}:
        why = "the day's share of the warm-up is sent" if run.rest is Rest.DAY else "what is left is deferred"
        at = dt.datetime.fromtimestamp(run.again_at or due, publication.zone).strftime("%Y-%m-%d %H:%M %Z")
        msg = f"{why}: run send again after {at}, or with --wait"
        raise BriefingError(msg)
    elif run.is_interrupted:
        typer.echo("stopped; run send again: it goes on where it stopped", err=True)
        raise typer.Exit(INTERRUPTED)


def _finish(database: Database, publication: Settings, campaign: Campaign) -> None:
    with database.writing() as connection:
        done, counts = finish(connection, campaign, now())
    # The record comes last: while it is missing, the next run does all of this again.
    if mark_published(publication, f"{publication.content.name}/issues/{campaign.issue}.md"):
        typer.echo(f"{campaign.issue} is published now: build and publish the site")
    file = keep_sent(publication, sent_record(done, thawed(campaign.content).subject, counts))
    typer.echo(f"{campaign.issue} is sent; commit {file}")
    if counts[State.UNKNOWN]:
        typer.echo(f"{say_count(counts[State.UNKNOWN], 'delivery', 'deliveries')} in doubt: see status", err=True)
    tidy(database, publication, now())


def _summary(campaign: Campaign, counts: Mapping[State, int]) -> str:
    said = ", ".join(f"{number:,} {state}" for state, number in counts.items() if number)
    return f"{campaign.issue}: {say_count(campaign.recipients, 'reader')}: {said}"


def _rehearse(
    database: Database,
    publication: Settings,
    campaign: Campaign | None,
    shown: Proof,
    signer: Signer | None,
    sample_size: int,
) -> None:
    """What `send` would do, without doing it."""
    with database.reading() as connection:
        if campaign:
            typer.echo(_summary(campaign, tally(connection, campaign.id)))
        else:
            _tell(readers(connection, now()), shown)
        some = sample(connection, sample_size, now()) if sample_size else ()
    if not campaign:
        gates.require_settings(publication, 0)
    folder = publication.private / _SAMPLES / shown.issue.id
    parcels = Parcels(publication, database.secret, shown.issue.id, 0, shown.digest.segments, signer)
    for number, (reader, address) in enumerate(some, start=1):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / f"{number}.eml").write_bytes(parcels.make(reader, address, time.time()).message)
    if some:
        typer.echo(f"{say_count(len(some), 'message')} in {folder}")


def _tell(domains: Mapping[str, int], shown: Proof) -> None:
    total = sum(domains.values())
    typer.echo(f"{shown.issue.id}: “{shown.digest.subject}” would go to {say_count(total, 'reader')}")
    for domain, number in list(domains.items())[:_DOMAINS]:
        typer.echo(f"  {number:>9,}  {domain}")
    if len(domains) > _DOMAINS:
        rest = total - sum(list(domains.values())[:_DOMAINS])
        typer.echo(f"  {rest:>9,}  at {say_count(len(domains) - _DOMAINS, 'other domain')}")
