"""`send --dry-run`: what would be mailed, to how many, and finished messages to look at."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from briefing.delivery.sending import preconditions
from briefing.delivery.sending.campaign import tally
from briefing.delivery.sending.envelopes import Envelopes
from briefing.delivery.sending.opening import readers, sample
from briefing.delivery.store.database import now
from briefing.delivery.store.private_folders import make_private_folder
from briefing.digest.frozen import thaw
from briefing.pages.formats import format_count
from briefing.release.campaigns import proofed, summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from briefing.content.model import MessageTemplate
    from briefing.delivery.sending.campaign import Campaign
    from briefing.delivery.sending.transports.contract import Transport
    from briefing.delivery.store.database import Database
    from briefing.digest.signing import Signer
    from briefing.release.console import Console
    from briefing.settings import Settings

_DOMAINS = 10  # the largest are shown
_SAMPLES = "samples"


def dry_run(  # noqa: PLR0913 - what a campaign is made of
    console: Console,
    database: Database,
    publication: Settings,
    campaign: Campaign | None,
    name: str,
    transport: Transport,
    signer: Signer | None,
    *,
    sample_size: int,
) -> None:
    """Report what `send` would do, and refuse what it would refuse, without sending anything or changing the ledger."""
    if campaign:
        with database.reading() as connection:
            console.say(summary(campaign, tally(connection, campaign.id)))
        digest = thaw(campaign.content)
        preconditions.require_unchanged(campaign, preconditions.proof_hash(digest.fingerprint, publication))
        template = digest.template
    else:
        shown = proofed(publication, name, transport)
        with database.reading() as connection:
            domains = readers(connection, now())
        preconditions.require_settings(publication, sum(domains.values()))
        _report(console, domains, shown.digest.issue, shown.digest.subject)
        template = shown.digest.template
    if sample_size:
        _write(console, database, publication, name, template, signer, sample_size)


def _write(
    console: Console,
    database: Database,
    publication: Settings,
    name: str,
    template: MessageTemplate,
    signer: Signer | None,
    size: int,
) -> None:
    """Write finished messages of some readers into a folder that only this machine's user can read."""
    folder = publication.private / _SAMPLES / name
    make_private_folder(folder)
    envelopes = Envelopes(publication, database.secret, name, 0, template, signer)
    with database.reading() as connection:
        some = sample(connection, size, now())
    for number, (reader, address) in enumerate(some, start=1):
        file = folder / f"{number}.eml"
        file.touch(mode=0o600)
        file.write_bytes(envelopes.make(reader, address, time.time()).message)
    console.say(f"{format_count(len(some), 'message')} in {folder}")


def _report(console: Console, domains: Mapping[str, int], issue: str, subject: str) -> None:
    total = sum(domains.values())
    console.say(f"{issue}: “{subject}” would go to {format_count(total, 'reader')}")
    for domain, number in list(domains.items())[:_DOMAINS]:
        console.say(f"  {number:>9,}  {domain}")
    if len(domains) > _DOMAINS:
        rest = total - sum(list(domains.values())[:_DOMAINS])
        console.say(f"  {rest:>9,}  at {format_count(len(domains) - _DOMAINS, 'other domain')}")
