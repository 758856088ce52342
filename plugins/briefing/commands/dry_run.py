"""`send --dry-run`: what would be mailed, to how many, and finished messages to look at."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import typer

from briefing.commands.campaigns import proofed, summary
from briefing.delivery.sending import preconditions
from briefing.delivery.sending.campaign import tally
from briefing.delivery.sending.envelopes import Envelopes
from briefing.delivery.sending.opening import readers, sample
from briefing.delivery.store.database import now
from briefing.delivery.store.private_folders import make_private
from briefing.digest.frozen import thawed
from briefing.pages.formats import format_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from briefing.content.model import MessageTemplate
    from briefing.delivery.sending.campaign import Campaign
    from briefing.delivery.sending.transports.contract import Transport
    from briefing.delivery.store.database import Database
    from briefing.digest.signing import Signer
    from briefing.settings import Settings

_DOMAINS = 10  # the largest are shown
_SAMPLES = "samples"


def rehearse(
    database: Database,
    publication: Settings,
    campaign: Campaign | None,
    name: str,
    transport: Transport,
    signer: Signer | None,
    sample_size: int,
) -> None:
    """Say what `send` would do, and refuse what it would refuse, without mailing anybody or changing the ledger."""
    if campaign:
        with database.reading() as connection:
            typer.echo(summary(campaign, tally(connection, campaign.id)))
        digest = thawed(campaign.content)
        preconditions.require_unchanged(campaign, preconditions.bound(digest.fingerprint, publication))
        segments = digest.segments
    else:
        shown = proofed(publication, name, transport)
        with database.reading() as connection:
            domains = readers(connection, now())
        preconditions.require_settings(publication, sum(domains.values()))
        _tell(domains, shown.digest.issue, shown.digest.subject)
        segments = shown.digest.segments
    if sample_size:
        _write(database, publication, name, segments, signer, sample_size)


def _write(
    database: Database, publication: Settings, name: str, segments: MessageTemplate, signer: Signer | None, size: int
) -> None:
    """Finished messages of some readers, where only this machine's user sees them."""
    folder = publication.private / _SAMPLES / name
    make_private(folder)
    envelopes = Envelopes(publication, database.secret, name, 0, segments, signer)
    with database.reading() as connection:
        some = sample(connection, size, now())
    for number, (reader, address) in enumerate(some, start=1):
        file = folder / f"{number}.eml"
        file.touch(mode=0o600)
        file.write_bytes(envelopes.make(reader, address, time.time()).message)
    typer.echo(f"{format_count(len(some), 'message')} in {folder}")


def _tell(domains: Mapping[str, int], issue: str, subject: str) -> None:
    total = sum(domains.values())
    typer.echo(f"{issue}: “{subject}” would go to {format_count(total, 'reader')}")
    for domain, number in list(domains.items())[:_DOMAINS]:
        typer.echo(f"  {number:>9,}  {domain}")
    if len(domains) > _DOMAINS:
        rest = total - sum(list(domains.values())[:_DOMAINS])
        typer.echo(f"  {rest:>9,}  at {format_count(len(domains) - _DOMAINS, 'other domain')}")
