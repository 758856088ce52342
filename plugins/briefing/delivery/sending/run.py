"""`send` as a recipe: be a sender, settle what an earlier run left, hand over, add up."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update

from briefing.delivery.sending.campaign import tally
from briefing.delivery.sending.coordinator import Run, SendingTerms
from briefing.delivery.sending.dispatch import send_all
from briefing.delivery.sending.ledger import Ledger, Rest
from briefing.delivery.sending.limits import Limits
from briefing.delivery.sending.senders import bury, is_alone, sender
from briefing.delivery.sending.uncertain import Unknown, settle, start_anew
from briefing.delivery.sending.worker_processes import branches
from briefing.delivery.store.database import now
from briefing.delivery.store.tables import CAMPAIGNS, FINAL
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from briefing.delivery.sending.campaign import Campaign
    from briefing.delivery.sending.outcomes import DeliveryClaim
    from briefing.delivery.sending.transports.contract import Envelope, Transport
    from briefing.delivery.sending.worker_processes import Branch
    from briefing.delivery.store.database import Database
    from briefing.delivery.store.tables import DeliveryState
    from briefing.settings import Settings

_ROUNDS: Final = 4
_WORTH_IT: Final = 200  # deliveries; fewer are handed over sooner than processes begin


def terms_of(settings: Settings, *, unknown: Unknown, waits: bool, most: int, signs: bool) -> SendingTerms:
    """How a run goes by the settings and the command."""
    delivery = settings.options.delivery
    domains = {domain.lower(): rate for domain, rate in delivery.domains_per_second.items() if rate > 0}
    limits = Limits(delivery.per_second, domains, tuple(delivery.warm_up), settings.zone)
    retry_seconds = delivery.retry_hours * 60 * 60
    return SendingTerms(
        limits=limits, unknown=unknown, waits=waits, most=most, retry_seconds=retry_seconds, signs=signs
    )


def send(
    database: Database,
    campaign: Campaign,
    transport: Transport,
    make: Callable[[DeliveryClaim], Envelope],
    terms: SendingTerms,
    show: Callable[[Run], None],
) -> Run:
    """Send what is left of an open campaign. Raises BriefingError where another sender holds it, or the ledger fails."""
    with database.connect() as connection, sender(database, connection, campaign, now()) as myself:
        bury(database, connection, campaign.id, myself)
        with database.transaction(connection):
            settle(connection, campaign.id, terms.unknown, transport.traits, now())
        if is_alone(database, connection, campaign.id, myself):
            with database.transaction(connection):
                start_anew(connection, campaign.id, now())
        ledger = Ledger(database, connection, campaign, myself, terms.limits)

        def repeats() -> bool:
            with database.transaction(connection):
                return settle(connection, campaign.id, Unknown.HOLD, transport.traits, now()) > 0

        async def rounds(opened: Sequence[Branch]) -> Run:
            """Once, and a few times more for what is in doubt, where the transport repeats nobody."""
            try:
                for _ in range(_ROUNDS):
                    run = await send_all(ledger, transport, make, terms, show, opened)
                    if opened or run.rest is not Rest.OVER or not repeats():
                        break
            finally:
                await transport.close()
            return run

        with database.transaction(connection):
            left = campaign.recipients - sum(tally(connection, campaign.id)[state] for state in FINAL)
        try:
            with branches(transport, make, _processes(transport, terms, left)) as opened:
                return asyncio.run(rounds(opened))
        except asyncio.CancelledError:  # stopped twice: what was in hand is in doubt, and the next run finds it so
            return Run(is_interrupted=True)


def _processes(transport: Transport, terms: SendingTerms, left: int) -> int:
    """How many processes are to hand over; 0 for this one alone.

    Telling another process what to send costs about as much as sending it: that is worth it where messages are signed.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not terms.signs or cores == 1 or left < _WORTH_IT or not transport.traits.is_divisible:
        return 0
    return min(cores, transport.traits.connections)


def finish(connection: Connection, campaign: Campaign, now: int) -> tuple[Campaign, dict[DeliveryState, int]]:
    """The campaign, of which nothing is left to send, finished from now on, and its counts; again it is the same.

    Raises BriefingError where they do not add up to the recipients: then it stays open.
    """
    counts = tally(connection, campaign.id)
    accounted = sum(counts[state] for state in FINAL)
    if accounted != campaign.recipients:
        msg = (
            f"{campaign.issue}: {campaign.recipients} recipients, but {accounted} accounted for; the campaign stays"
            " open: run send again, and if this stays, restore the ledger from a backup"
        )
        raise BriefingError(msg)
    open_still = CAMPAIGNS.c.id == campaign.id, CAMPAIGNS.c.finished_at == 0
    connection.execute(update(CAMPAIGNS).where(*open_still).values(finished_at=now))
    finished_at = connection.execute(select(CAMPAIGNS.c.finished_at).where(CAMPAIGNS.c.id == campaign.id)).scalar_one()
    return replace(campaign, finished_at=finished_at), counts
