"""The parts of `send`: begin a campaign or find it, run it, and close it where nothing is left."""

from __future__ import annotations

import datetime as dt
import sys
import time
from typing import TYPE_CHECKING

import typer

from briefing.authoring.records import keep_sent, mark_published
from briefing.commands.ledger import finish_import
from briefing.commands.mail_setup import require_site
from briefing.commands.progress import progress
from briefing.commands.prompts import INTERRUPTED, agreed
from briefing.commands.proofing import forget
from briefing.content.library.records import read_proof, read_sent
from briefing.delivery.sending import preconditions
from briefing.delivery.sending.campaign import Campaign, campaign_of, next_due, tally
from briefing.delivery.sending.closing import sent_record
from briefing.delivery.sending.envelopes import Envelopes
from briefing.delivery.sending.ledger import Rest
from briefing.delivery.sending.opening import Sendable, open_campaign, readers
from briefing.delivery.sending.run import finish, send
from briefing.delivery.sending.uncertain import Unknown, reopen
from briefing.delivery.store.database import now
from briefing.delivery.store.retention import tidy
from briefing.delivery.store.tables import FINAL, DeliveryState
from briefing.delivery.store.tokens import NOBODY
from briefing.delivery.subscribers.commit import require_finished
from briefing.digest.frozen import frozen, thawed
from briefing.errors import BriefingError, WrongUseError
from briefing.pages.formats import format_count
from briefing.pages.issue_contents import contents_of
from briefing.site.proofs import proof_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from briefing.delivery.sending.coordinator import Run, SendingTerms
    from briefing.delivery.sending.outcomes import DeliveryClaim
    from briefing.delivery.sending.transports.contract import Envelope, Transport
    from briefing.delivery.store.database import Database
    from briefing.digest.signing import Signer
    from briefing.settings import Settings
    from briefing.site.proofs import Proof


def find(database: Database, publication: Settings, name: str, unknown: Unknown, *, is_dry: bool) -> Campaign | None:
    """The issue's campaign, opened again where it is finished and its deliveries in doubt are to be sent again."""
    with database.reading() as connection:
        campaign = campaign_of(connection, name)
    if campaign is None:
        return None
    if campaign.finished_at and unknown is Unknown.RESEND and not is_dry:
        with database.writing() as connection:
            if reopen(connection, campaign):
                return campaign_of(connection, name)
    proof = None if campaign.finished_at else read_proof(publication, name)
    if proof and proof.fingerprint != campaign.fingerprint:
        typer.echo(f"{name} goes on as it began: the later proof is of another digest, which nobody gets", err=True)
    return campaign


def proofed(publication: Settings, name: str, transport: Transport) -> Proof:
    """The digest of an issue that was not sent, exactly as it was proofed. Raises BriefingError where it was not."""
    preconditions.require_new(name, read_sent(publication, name))
    shown = proof_of(publication, name)
    proof = read_proof(publication, shown.issue.id)
    bound = preconditions.bound(shown.digest.fingerprint, publication)
    preconditions.require_proofed(shown.issue.id, bound, proof, transport.traits)
    return shown


def begin(
    database: Database, publication: Settings, shown: Proof, transport: Transport, *, yes: bool, looks: bool
) -> Campaign:
    """Everything else that must hold for a digest that is proofed, then the question, then the campaign."""
    finish_import(database)
    with database.reading() as connection:
        number = sum(readers(connection, now()).values())
    preconditions.require_settings(publication, number)
    if looks:
        require_site(shown, publication, database.secret)
    if number and not yes:
        _ask(f"Mail “{shown.digest.subject}” to {format_count(number, 'reader')} by {transport.traits.name}?")
    bound = preconditions.bound(shown.digest.fingerprint, publication)
    contents = contents_of(shown.issue, shown.edition.publication)
    digest = Sendable(shown.issue.id, bound, frozen(shown.digest), contents)
    with database.writing() as connection:
        require_finished(connection)
        return open_campaign(connection, digest, transport.traits, now())


def run(
    database: Database,
    publication: Settings,
    campaign: Campaign,
    transport: Transport,
    signer: Signer | None,
    terms: SendingTerms,
) -> Run:
    """Send what is left of it, and show how far that is."""
    digest = thawed(campaign.content)
    preconditions.require_unchanged(campaign, preconditions.bound(digest.fingerprint, publication))
    envelopes = Envelopes(publication, database.secret, campaign.issue, campaign.id, digest.segments, signer)

    # What no message can be made with is told before anyone is claimed.
    envelopes.make(NOBODY, "reader@example.org", time.time())

    def make(claim: DeliveryClaim) -> Envelope:
        return envelopes.make(claim.reader, claim.address, time.time())

    with database.reading() as connection:
        before = _accounted(tally(connection, campaign.id))
    told = ""

    def tell(run: Run) -> None:
        nonlocal told
        show(before + _accounted(run.counts))
        if run.waits_for and run.waits_for != told:
            told = run.waits_for
            typer.echo(f"waiting: {told}", err=True)

    with progress(f"sending {campaign.issue}", campaign.recipients, before) as show:
        return send(database, campaign, transport, make, terms, tell)


def close(database: Database, publication: Settings, campaign: Campaign, run: Run, command: str = "send") -> None:
    """Say what was done; where nothing is left, finish it.

    Raises typer.Exit(0) once the day's share of a warm-up is sent, which is all that was asked for; BriefingError, with
    when to go on, where anything else is left. command: the one that goes on.
    """
    with database.reading() as connection:
        counts, due = tally(connection, campaign.id), next_due(connection, campaign.id)
    typer.echo(summary(campaign, counts))
    if run.refusal:
        msg = f"stopped: {run.refusal}; mend that, then run {command} again: it goes on where it stopped"
        raise BriefingError(msg)
    if run.rest is Rest.OVER:
        finish_campaign(database, publication, campaign, command)
    elif run.rest in {Rest.DEFERRED, Rest.DAY}:
        at = dt.datetime.fromtimestamp(run.again_at or due, publication.zone).strftime("%Y-%m-%d %H:%M %Z")
        then = f"run {command} again after {at}, or with --wait"
        if run.rest is Rest.DAY:
            typer.echo(f"the day's share of the warm-up is sent: {then}")
            raise typer.Exit
        msg = f"what is left is deferred: {then}"
        raise BriefingError(msg)
    elif run.is_interrupted:
        typer.echo(f"run {command} again: it goes on where it stopped", err=True)
        raise typer.Exit(INTERRUPTED)


def finish_campaign(database: Database, publication: Settings, campaign: Campaign, command: str = "send") -> None:
    """Account for everyone, write the record, and let the issue be published."""
    with database.writing() as connection:
        done, counts = finish(connection, campaign, now())
    # The record comes last: while it is missing, the next run does all of this again.
    if mark_published(publication, f"{publication.content.name}/issues/{campaign.issue}.md"):
        then = ": build and publish the site" if command == "send" else ""
        typer.echo(f"{campaign.issue} is published now{then}")
    file = keep_sent(publication, sent_record(done, thawed(campaign.content).subject, counts))
    typer.echo(f"{campaign.issue} is sent; commit {file}")
    forget(publication, campaign.issue)
    if counts[DeliveryState.UNKNOWN]:
        typer.echo(
            f"{format_count(counts[DeliveryState.UNKNOWN], 'delivery', 'deliveries')} in doubt: see status", err=True
        )
    tidy(database, publication, now())


def summary(campaign: Campaign, counts: Mapping[DeliveryState, int]) -> str:
    """How a campaign stands, in a line."""
    said = ", ".join(f"{number:,} {state}" for state, number in counts.items() if number)
    return f"{campaign.issue}: {format_count(campaign.recipients, 'reader')}: {said}"


def _ask(question: str) -> None:
    if not sys.stdin.isatty():
        msg = "nobody is there to be asked: run it on a terminal, or with --yes"
        raise WrongUseError(msg)
    if not agreed(question):
        typer.echo("nobody was mailed", err=True)
        raise typer.Exit(1)


def _accounted(counts: Mapping[DeliveryState, int]) -> int:
    return sum(counts.get(state, 0) for state in FINAL)
