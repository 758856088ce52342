"""`release` from top to bottom: each step is skipped if it is done."""

from __future__ import annotations

import os
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING

from briefing.content.library.records import read_proof, read_sent
from briefing.delivery.sending import preconditions
from briefing.delivery.sending.providers import SCHEMES
from briefing.delivery.sending.terms import terms_of
from briefing.delivery.sending.uncertain import Unknown
from briefing.delivery.store import release_steps
from briefing.delivery.store.database import find_database, open_database, require_intact
from briefing.delivery.store.release_steps import ReleaseStep
from briefing.errors import BriefingError
from briefing.release.campaigns import close, find, finish_campaign, run, start
from briefing.release.dry_run import dry_run as dry_run_campaign
from briefing.release.ledger import warn_of_new_secret
from briefing.release.mail_setup import open_transport_and_signer
from briefing.release.provider_drafts import release_by_provider
from briefing.release.publishing import publish_site
from briefing.release.steps import Until, issue_of, publish_hidden, publish_sent, recorded, require_proofed
from briefing.site.proofs import render_proof

if TYPE_CHECKING:
    from briefing.delivery.sending.campaign import Campaign
    from briefing.delivery.store.database import Database
    from briefing.release.console import Console
    from briefing.release.steps import ReleasePlan


def release(console: Console, plan: ReleasePlan, *, dry_run: bool) -> None:
    """Take an issue from the checked content to its readers and back to the site, resuming where it stopped.

    With `dry_run` only report what would be done. Raises EndedEarly when the release waits for someone: a proof to be
    read, tomorrow's share of a warm-up.
    """
    publication = plan.publication
    if plan.url.partition(":")[0].lower() in SCHEMES:
        with nullcontext() if dry_run else release_steps.exclusive_release(publication.private, None):
            release_by_provider(console, plan, dry_run=dry_run)
        return
    with closing((find_database if dry_run else open_database)(publication, os.environ)) as database:
        warn_of_new_secret(console, database.secret)
        require_intact(database)
        if dry_run:
            _dry_run(console, plan, database)
            return
        with release_steps.exclusive_release(publication.private, database):
            _release(console, plan, database)


def _release(console: Console, plan: ReleasePlan, database: Database) -> None:
    finished = _finished(plan, database)
    name = issue_of(console, plan, finished)
    if not name:
        return
    campaign = find(console, database, plan.publication, name, Unknown.HOLD, is_dry=False)
    if campaign and campaign.finished_at and read_sent(plan.publication, name) is None and not campaign.counts:
        finish_campaign(
            console, database, plan.publication, campaign, "release"
        )  # killed before the record, or sent elsewhere
    if name in finished:
        _report_finished(console, plan, database, name)
        return
    if plan.until is Until.PROOF and campaign:
        console.say(f"{name} is proofed and being sent: run release without --until to resume")
        return
    if campaign is None or not campaign.finished_at:
        _send(console, plan, database, name, campaign)
    if plan.until is None:
        publish_sent(console, plan, database, name)


def _send(console: Console, plan: ReleasePlan, database: Database, name: str, campaign: Campaign | None) -> None:
    """From the hidden issue to its last reader."""
    publication = plan.publication
    transport, signer = open_transport_and_signer(publication, plan.url)
    if campaign is None:
        shown = publish_hidden(console, plan, name, database)
        require_proofed(console, plan, shown, transport, signer, database)
        if plan.until is Until.PROOF:
            return
        campaign = start(console, database, publication, shown, transport, confirmed=plan.confirmed, verify=False)
    preconditions.require_open(campaign, transport.traits)
    terms = terms_of(publication, unknown=Unknown.HOLD, waits=plan.waits, most=0, signs=signer is not None)
    done = run(console, database, publication, campaign, transport, signer, terms)
    close(console, database, publication, campaign, done, "release")
    campaign = find(console, database, publication, name, Unknown.HOLD, is_dry=False)
    if campaign is None or not campaign.finished_at:
        msg = f"{name} is also being sent by another process: run release again when it is done"
        raise BriefingError(msg)


def _finished(plan: ReleasePlan, database: Database) -> frozenset[str]:
    """The issues with nothing left to do: sent, by record or ledger, and published since."""
    with database.reading() as connection:
        left = () if plan.until is Until.SEND else release_steps.unpublished_issues(connection)
        return (release_steps.sent_issues(connection) | recorded(plan.publication)) - {*left}


def _report_finished(console: Console, plan: ReleasePlan, database: Database, name: str) -> None:
    sent = read_sent(plan.publication, name)
    with database.reading() as connection:
        is_published = ReleaseStep.PUBLISHED in release_steps.completed_steps(connection, name)
    when = f" on {sent.finished:%Y-%m-%d}" if sent else ""
    console.say(f"{name} was sent{when}{' and published' if is_published else ''}: nothing left to do")


def _dry_run(console: Console, plan: ReleasePlan, database: Database) -> None:
    """Report what a release would do."""
    finished = _finished(plan, database)
    name = issue_of(console, plan, finished)
    if name in finished:
        _report_finished(console, plan, database, name)
    if not name or name in finished:
        return
    campaign = find(console, database, plan.publication, name, Unknown.HOLD, is_dry=True)
    publish_site(console, plan.publication.root, plan.target, verify=False, dry_run=True)
    if campaign and campaign.finished_at:
        console.say(f"{name} is sent; the site would be published with it")
        return
    transport, signer = open_transport_and_signer(plan.publication, plan.url)
    if campaign is None:
        shown = render_proof(plan.publication, name)
        proof_hash = preconditions.proof_hash(shown.digest.fingerprint, plan.publication)
        if not preconditions.is_proofed(proof_hash, read_proof(plan.publication, name), transport.traits):
            console.say(
                f"{name} is not proofed in its current state: a proof would be sent, and the release would end there"
            )
            return
    dry_run_campaign(console, database, plan.publication, campaign, name, transport, signer, sample_size=0)
