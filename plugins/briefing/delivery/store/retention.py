"""Deletes data about readers when its retention period ends, by `settings.options.delivery`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, select, update

from briefing.delivery.store.tables import (
    ADDRESS_CHANGES,
    CAMPAIGNS,
    CONFIRMATIONS,
    DELIVERIES,
    EVENTS,
    NOTIFICATIONS,
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
class DeletedCounts:
    """How many unconfirmed subscribers and deliveries were deleted, and of how many campaigns."""

    pending: int = 0
    deliveries: int = 0
    campaigns: int = 0

    def __bool__(self) -> bool:
        return bool(self.pending or self.campaigns)


def tidy(database: Database, settings: Settings, now: int) -> DeletedCounts:
    """Delete what is older than the settings allow. Idempotent.

    Campaigns keep their counts by state, but not the digest. Unfinished campaigns and their readers are left alone.
    """
    kept = settings.options.delivery
    pending_before = now - kept.keep_pending_days * _DAY
    deliveries_before = now - kept.keep_deliveries_days * _DAY
    with database.writing() as connection:
        pending = _delete_pending(connection, pending_before)
        for table in (EVENTS, RELEASES):
            connection.execute(delete(table).where(table.c.at < deliveries_before))
        old = _finished_before(connection, deliveries_before)
    deleted = 0
    for campaign in old:  # one transaction each, so that other processes wait less
        with database.writing() as connection:
            deleted += _delete_deliveries(connection, campaign)
    return DeletedCounts(pending, deleted, len(old))


def _delete_pending(connection: Connection, before: int) -> int:
    readers = SUBSCRIBERS.c
    open_campaigns = select(CAMPAIGNS.c.id).where(CAMPAIGNS.c.finished_at == 0)
    awaited = select(DELIVERIES.c.subscriber).where(DELIVERIES.c.campaign.in_(open_campaigns))
    old = (
        (readers.state == Membership.PENDING)
        & (readers.state_at < before)
        & readers.id.not_in(awaited.where(DELIVERIES.c.subscriber == readers.id))
    )
    names = select(readers.reader).where(old)
    for table in (NOTIFICATIONS, ADDRESS_CHANGES):
        connection.execute(delete(table).where(table.c.reader.in_(names)))
    connection.execute(delete(ADDRESS_CHANGES).where(ADDRESS_CHANGES.c.at < before))
    connection.execute(delete(NOTIFICATIONS).where(NOTIFICATIONS.c.address != "", NOTIFICATIONS.c.at < before))
    connection.execute(delete(CONFIRMATIONS).where(CONFIRMATIONS.c.since < before))
    return connection.execute(delete(SUBSCRIBERS).where(old)).rowcount


def _finished_before(connection: Connection, before: int) -> list[int]:
    old = CAMPAIGNS.c.finished_at.between(1, before - 1), CAMPAIGNS.c.counts == ""
    return list(connection.scalars(select(CAMPAIGNS.c.id).where(*old).order_by(CAMPAIGNS.c.id)))


def _delete_deliveries(connection: Connection, campaign: int) -> int:
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
