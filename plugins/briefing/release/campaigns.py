"""The parts of `send`: find a campaign or start it, run it, and close it once nothing is left."""

from __future__ import annotations

import datetime as dt
import logging
import time
from typing import TYPE_CHECKING, Final

from briefing.authoring.records import mark_published, write_sent_record
from briefing.content.library.records import read_proof, read_sent
from briefing.delivery.sending import preconditions
from briefing.delivery.sending.campaign import Campaign, campaign_of, next_due, tally
from briefing.delivery.sending.closing import finish, sent_record
from briefing.delivery.sending.envelopes import Envelopes
from briefing.delivery.sending.ledger import Remaining
from briefing.delivery.sending.opening import Sendable, open_campaign, readers
from briefing.delivery.sending.run import send
from briefing.delivery.sending.uncertain import Unknown, reopen
from briefing.delivery.store.database import now
from briefing.delivery.store.retention import tidy
from briefing.delivery.store.tables import FINAL, DeliveryState
from briefing.delivery.store.tokens import NOBODY
from briefing.delivery.store.unfinished_import import require_import_finished
from briefing.digest.frozen import freeze, thaw
from briefing.errors import BriefingError
from briefing.pages.formats import format_count
from briefing.pages.issue_contents import contents_of
from briefing.release.console import INTERRUPTED, EndedEarly
from briefing.release.ledger import finish_import
from briefing.release.mail_setup import require_live_site
from briefing.release.proof import forget
from briefing.site.proofs import render_proof

if TYPE_CHECKING:
    from collections.abc import Mapping

    from briefing.delivery.sending.outcomes import DeliveryClaim
    from briefing.delivery.sending.terms import Progress, SendingTerms
    from briefing.delivery.sending.transports.contract import Envelope, Transport
    from briefing.delivery.store.database import Database
    from briefing.digest.signing import Signer
    from briefing.release.console import Console
    from briefing.settings import Settings
    from briefing.site.proofs import Proof

_LOG: Final = logging.getLogger(__name__)


def find(
    console: Console, database: Database, publication: Settings, name: str, unknown: Unknown, *, is_dry: bool
) -> Campaign | None:
    """The issue's campaign, reopened if it is finished and its uncertain deliveries are to be sent again."""
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
        console.warn(f"{name} resumes with the digest it was started with; the newer proof is not sent to anyone")
    return campaign


def proofed(publication: Settings, name: str, transport: Transport) -> Proof:
    """The digest of an unsent issue, exactly as it was proofed. Raises BriefingError if it was not proofed."""
    preconditions.require_new(name, read_sent(publication, name))
    shown = render_proof(publication, name)
    proof = read_proof(publication, shown.issue.id)
    proof_hash = preconditions.proof_hash(shown.digest.fingerprint, publication)
    preconditions.require_proofed(shown.issue.id, proof_hash, proof, transport.traits)
    return shown


def start(
    console: Console,
    database: Database,
    publication: Settings,
    shown: Proof,
    transport: Transport,
    *,
    confirmed: bool,
    verify: bool,
) -> Campaign:
    """Check everything else that a proofed digest needs, ask unless it is confirmed, and open the campaign."""
    finish_import(console, database)
    with database.reading() as connection:
        number = sum(readers(connection, now()).values())
    preconditions.require_settings(publication, number)
    if verify:
        require_live_site(shown, publication, database.secret)
    question = f"Send “{shown.digest.subject}” to {format_count(number, 'reader')} by {transport.traits.name}?"
    if number and not confirmed and not console.confirm(question):
        console.warn("nothing was sent")
        raise EndedEarly(1)
    proof_hash = preconditions.proof_hash(shown.digest.fingerprint, publication)
    contents = contents_of(shown.issue, shown.edition.publication)
    digest = Sendable(shown.issue.id, proof_hash, freeze(shown.digest), contents)
    with database.writing() as connection:
        require_import_finished(connection)
        return open_campaign(connection, digest, transport.traits, now())


def run(
    console: Console,
    database: Database,
    publication: Settings,
    campaign: Campaign,
    transport: Transport,
    signer: Signer | None,
    terms: SendingTerms,
) -> Progress:
    """Send what is left, and show progress."""
    digest = thaw(campaign.content)
    preconditions.require_unchanged(campaign, preconditions.proof_hash(digest.fingerprint, publication))
    envelopes = Envelopes(publication, database.secret, campaign.issue, campaign.id, digest.template, signer)

    # If no message can be made, that is reported before any delivery is claimed.
    envelopes.make(NOBODY, "reader@example.org", time.time())

    def make(claim: DeliveryClaim) -> Envelope:
        return envelopes.make(claim.reader, claim.address, time.time())

    with database.reading() as connection:
        before = _accounted(tally(connection, campaign.id))
    reason = ""

    def report(run: Progress) -> None:
        nonlocal reason
        show(before + _accounted(run.counts))
        if run.waits_for and run.waits_for != reason:
            reason = run.waits_for
            console.warn(f"waiting: {reason}")

    sizes = campaign.recipients, before
    _LOG.info("sending %s by %s: %d recipients, %d done", campaign.issue, transport.traits.name, *sizes)
    with console.progress(f"sending {campaign.issue}", *sizes) as show:
        done = send(database, campaign, transport, make, terms, report)
    _LOG.info(
        "sending %s ended: %s", campaign.issue, ", ".join(f"{n} {state}" for state, n in done.counts.items() if n)
    )
    return done


def close(
    console: Console,
    database: Database,
    publication: Settings,
    campaign: Campaign,
    run: Progress,
    command: str = "send",
) -> None:
    """Report what was done; if nothing is left, finish the campaign.

    Raises EndedEarly(0) once the day's share of a warm-up is sent, which is all that was asked for; BriefingError, with
    when to continue, if anything else is left. command: the one to run again.
    """
    with database.reading() as connection:
        counts, due = tally(connection, campaign.id), next_due(connection, campaign.id)
    console.say(summary(campaign, counts))
    if run.refusal:
        msg = f"stopped: {run.refusal}; fix that, then run {command} again to resume"
        raise BriefingError(msg)
    if run.remaining is Remaining.NOTHING:
        finish_campaign(console, database, publication, campaign, command)
    elif run.remaining in {Remaining.DEFERRED, Remaining.DAILY_LIMIT}:
        at = dt.datetime.fromtimestamp(run.again_at or due, publication.zone).strftime("%Y-%m-%d %H:%M %Z")
        then = f"run {command} again after {at}, or with --wait"
        if run.remaining is Remaining.DAILY_LIMIT:
            console.say(f"today's share of the warm-up is sent: {then}")
            raise EndedEarly(0)
        msg = f"the remaining deliveries are deferred: {then}"
        raise BriefingError(msg)
    elif run.is_interrupted:
        console.warn(f"run {command} again to resume")
        raise EndedEarly(INTERRUPTED)


def finish_campaign(
    console: Console, database: Database, publication: Settings, campaign: Campaign, command: str = "send"
) -> None:
    """Account for every delivery, write the record, and mark the issue as published."""
    with database.writing() as connection:
        done, counts = finish(connection, campaign, now())
    # The record comes last: while it is missing, the next run does all of this again.
    if mark_published(publication, f"{publication.content.name}/issues/{campaign.issue}.md"):
        then = ": build and publish the site" if command == "send" else ""
        console.say(f"{campaign.issue} is now published{then}")
    file = write_sent_record(publication, sent_record(done, thaw(campaign.content).subject, counts))
    console.say(f"{campaign.issue} is sent; commit {file}")
    forget(publication, campaign.issue)
    if counts[DeliveryState.UNKNOWN]:
        console.warn(
            f"{format_count(counts[DeliveryState.UNKNOWN], 'uncertain delivery', 'uncertain deliveries')}: see status"
        )
    tidy(database, publication, now())


def summary(campaign: Campaign, counts: Mapping[DeliveryState, int]) -> str:
    """The state of a campaign in one line."""
    said = ", ".join(f"{number:,} {state}" for state, number in counts.items() if number)
    return f"{campaign.issue}: {format_count(campaign.recipients, 'reader')}: {said}"


def _accounted(counts: Mapping[DeliveryState, int]) -> int:
    return sum(counts.get(state, 0) for state in FINAL)
