"""`send` from top to bottom: a proofed issue to every reader, each once."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from briefing.content.library.records import read_sent
from briefing.delivery.sending import preconditions
from briefing.delivery.sending.providers import SCHEMES
from briefing.delivery.sending.terms import terms_of
from briefing.delivery.sending.uncertain import Unknown
from briefing.delivery.store.database import find_database, open_database, require_intact
from briefing.release.campaigns import close, find, finish_campaign, proofed, run, start
from briefing.release.dry_run import dry_run
from briefing.release.ledger import warn_of_new_secret
from briefing.release.mail_setup import open_transport_and_signer
from briefing.release.provider_drafts import make_draft

if TYPE_CHECKING:
    from briefing.release.console import Console
    from briefing.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOptions:
    """What was asked of a send.

    sample_size: the most readers this time, 0 for all; in a dry run, the number of messages to write. unknown: what
    happens to uncertain deliveries. waits: while deliveries are deferred.
    """

    dry_run: bool = False
    confirmed: bool = False
    verify: bool = True
    sample_size: int = 0
    unknown: Unknown = Unknown.HOLD
    waits: bool = False


def send(console: Console, publication: Settings, name: str, url: str, asked: SendOptions) -> None:
    """Send the issue `name` by the transport or provider at `url`, resuming a campaign that was interrupted."""
    if url.partition(":")[0].lower() in SCHEMES:
        make_draft(console, publication, name, url, verify=asked.verify, dry_run=asked.dry_run)
        return
    transport, signer = open_transport_and_signer(publication, url)
    with closing((find_database if asked.dry_run else open_database)(publication, os.environ)) as database:
        warn_of_new_secret(console, database.secret)
        require_intact(database)
        campaign = find(console, database, publication, name, asked.unknown, is_dry=asked.dry_run)
        if campaign and campaign.finished_at and read_sent(publication, name) is None and not campaign.counts:
            finish_campaign(console, database, publication, campaign)  # killed between the ledger and the record
            return
        if campaign:
            preconditions.require_open(campaign, transport.traits)
        if asked.dry_run:
            dry_run(console, database, publication, campaign, name, transport, signer, sample_size=asked.sample_size)
            return
        if campaign is None:
            shown = proofed(publication, name, transport)
            campaign = start(
                console, database, publication, shown, transport, confirmed=asked.confirmed, verify=asked.verify
            )
        terms = terms_of(
            publication, unknown=asked.unknown, waits=asked.waits, most=asked.sample_size, signs=signer is not None
        )
        done = run(console, database, publication, campaign, transport, signer, terms)
        close(console, database, publication, campaign, done)
