"""A campaign, as the ledger stores it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from briefing.delivery.store.tables import CAMPAIGNS, DELIVERIES, SUBSCRIBERS, DeliveryState

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Campaign:
    """One sending of a digest. Times are seconds since 1970; `finished_at` is 0 while it is open.

    transport, keeps: those of the proof. content: the frozen digest. stories: JSON of its `Contents`.
    counts: JSON once the deliveries are deleted, else "".
    """

    id: int
    issue: str
    fingerprint: str
    transport: str
    keeps: str
    content: bytes
    stories: str
    opened_at: int
    finished_at: int
    recipients: int
    counts: str


def campaign_of(connection: Connection, issue: str) -> Campaign | None:
    """The campaign of an issue. An issue has at most one."""
    row = connection.execute(select(CAMPAIGNS).where(CAMPAIGNS.c.issue == issue)).one_or_none()
    return Campaign(**row._asdict()) if row else None


def all_campaigns(connection: Connection) -> tuple[Campaign, ...]:
    """Every campaign, newest first."""
    rows = connection.execute(select(CAMPAIGNS).order_by(CAMPAIGNS.c.id.desc()))
    return tuple(Campaign(**row._asdict()) for row in rows)


def tally(connection: Connection, campaign: int) -> dict[DeliveryState, int]:
    """How many deliveries are in each state. Every state is included."""
    of_campaign = DELIVERIES.c.campaign == campaign
    query = select(DELIVERIES.c.state, func.count()).where(of_campaign).group_by(DELIVERIES.c.state)
    found: dict[str, int] = dict(connection.execute(query).all())
    return {state: found.get(state, 0) for state in DeliveryState}


def uncertain_readers(connection: Connection, campaign: int) -> tuple[tuple[str, int], ...]:
    """The identifiers of readers whose delivery is uncertain, "" for an erased one, each with the time of its attempt."""
    joined = DELIVERIES.outerjoin(SUBSCRIBERS, SUBSCRIBERS.c.id == DELIVERIES.c.subscriber)
    uncertain = DELIVERIES.c.campaign == campaign, DELIVERIES.c.state == DeliveryState.UNKNOWN.value
    query = select(SUBSCRIBERS.c.reader, DELIVERIES.c.at).select_from(joined).where(*uncertain)
    return tuple((reader or "", at) for reader, at in connection.execute(query.order_by(DELIVERIES.c.subscriber)))


def next_due(connection: Connection, campaign: int) -> int:
    """When the first deferred delivery is tried again; 0 if none is deferred."""
    deferred = DELIVERIES.c.campaign == campaign, DELIVERIES.c.state == DeliveryState.DEFERRED.value
    return connection.execute(select(func.min(DELIVERIES.c.due)).where(*deferred)).scalar() or 0
