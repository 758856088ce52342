"""For how long what is known about readers is kept, by `settings.options.delivery`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, select, update

from briefing.delivery.store.tables import (
    CAMPAIGNS,
    CONFIRMATIONS,
    DELIVERIES,
    EVENTS,
    LETTERS,
    MOVES,
    RELEASES,
    SENDERS,
    SUBSCRIBERS,
    DeliveryState,
    Membership,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from briefing.delivery.store.database import Database
    from briefing.settings import Settings

_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Tidied:
    """How many were forgotten: readers who never confirmed, campaigns' deliveries, and of how many campaigns."""

    pending: int = 0
    deliveries: int = 0
    campaigns: int = 0

    def __bool__(self) -> bool:
        return bool(self.pending or self.campaigns)


def tidy(database: Database, settings: Settings, now: int) -> Tidied:
    """Forget what is older than the settings allow; doing it again changes nothing.

    Of a campaign the counts are kept in its row (JSON, a number by state), and not the digest. Nothing of an unfinished campaign is
    touched, nor a reader who is in one.
    """
    kept = settings.options.delivery
    pending_before = now - kept.keep_pending_days * _DAY
    deliveries_before = now - kept.keep_deliveries_days * _DAY
    with database.writing() as connection:
        pending = _forget_pending(connection, pending_before)
        for table in (EVENTS, RELEASES):
            connection.execute(delete(table).where(table.c.at < deliveries_before))
        old = _finished_before(connection, deliveries_before)
    forgotten = 0
    for campaign in old:  # each for itself: other processes need not wait for all of them
        with database.writing() as connection:
            forgotten += _forget_deliveries(connection, campaign)
    return Tidied(pending, forgotten, len(old))


def _forget_pending(connection: Connection, before: int) -> int:
    readers = SUBSCRIBERS.c
    open_campaigns = select(CAMPAIGNS.c.id).where(CAMPAIGNS.c.finished_at == 0)
    awaited = select(DELIVERIES.c.subscriber).where(DELIVERIES.c.campaign.in_(open_campaigns))
    old = (
        (readers.state == Membership.PENDING)
        & (readers.state_at < before)
        & readers.id.not_in(awaited.where(DELIVERIES.c.subscriber == readers.id))
    )
    names = select(readers.reader).where(old)
    for table in (LETTERS, MOVES):
        connection.execute(delete(table).where(table.c.reader.in_(names)))
    connection.execute(delete(MOVES).where(MOVES.c.at < before))
    connection.execute(delete(LETTERS).where(LETTERS.c.address != "", LETTERS.c.at < before))
    connection.execute(delete(CONFIRMATIONS).where(CONFIRMATIONS.c.since < before))
    return connection.execute(delete(SUBSCRIBERS).where(old)).rowcount


def _finished_before(connection: Connection, before: int) -> list[int]:
    old = CAMPAIGNS.c.finished_at.between(1, before - 1), CAMPAIGNS.c.counts == ""
    return list(connection.scalars(select(CAMPAIGNS.c.id).where(*old).order_by(CAMPAIGNS.c.id)))


def _forget_deliveries(connection: Connection, campaign: int) -> int:
    of_campaign = DELIVERIES.c.campaign == campaign
    by_state = select(DELIVERIES.c.state, func.count()).where(of_campaign).group_by(DELIVERIES.c.state)
    counts = dict.fromkeys(DeliveryState, 0)
    for state, number in connection.execute(by_state):
        counts[DeliveryState(state)] = number
    connection.execute(
        update(CAMPAIGNS).where(CAMPAIGNS.c.id == campaign).values(counts=json.dumps(counts), content=b"")
    )
    connection.execute(delete(SENDERS).where(SENDERS.c.campaign == campaign))
    return connection.execute(delete(DELIVERIES).where(of_campaign)).rowcount
