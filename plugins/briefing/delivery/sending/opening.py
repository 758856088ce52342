"""Opening a campaign: one transaction freezes the digest and its recipients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, func, insert, literal, select, update

from briefing.content.library.contents import contents_to_json
from briefing.delivery.sending.campaign import Campaign, campaign_of
from briefing.delivery.store.tables import CAMPAIGNS, DELIVERIES, SUBSCRIBERS, SUPPRESSIONS, DeliveryState, Membership
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from briefing.content.model import Contents
    from briefing.delivery.sending.transports.contract import Traits


_OPENING: Final = 7203  # an advisory lock


@dataclass(frozen=True, slots=True)
class Sendable:
    """A frozen digest (`digest.frozen`) with its proof hash and its contents."""

    issue: str
    proof_hash: str
    content: bytes
    contents: Contents


def open_campaign(connection: Connection, digest: Sendable, traits: Traits, now: int) -> Campaign:
    """Freeze the digest and its recipients: everyone who is confirmed, not paused and not suppressed now.

    If another process was faster, return its campaign. Raises BriefingError if there are no recipients.
    """
    if connection.dialect.name == "postgresql":  # on SQLite only one transaction writes at a time
        connection.execute(select(func.pg_advisory_xact_lock(_OPENING)))
    if opened := campaign_of(connection, digest.issue):
        return opened
    row = {
        "issue": digest.issue,
        "fingerprint": digest.proof_hash,
        "transport": traits.name,
        "keeps": traits.keeps,
        "content": digest.content,
        "stories": contents_to_json(digest.contents),
        "opened_at": now,
        "recipients": 0,
    }
    number = connection.execute(insert(CAMPAIGNS).values(row).returning(CAMPAIGNS.c.id)).scalar_one()
    readers = select(literal(number), SUBSCRIBERS.c.id, literal(DeliveryState.PENDING.value)).where(is_mailed(now))
    columns = [DELIVERIES.c.campaign, DELIVERIES.c.subscriber, DELIVERIES.c.state]
    connection.execute(insert(DELIVERIES).from_select(columns, readers.order_by(SUBSCRIBERS.c.id)))
    of_this = select(func.count()).select_from(DELIVERIES).where(DELIVERIES.c.campaign == number)
    recipients = connection.execute(of_this).scalar_one()
    if not recipients:
        msg = "the list has no confirmed subscribers; run `subscribers import FILE` or `subscribers add ADDRESS`"
        raise BriefingError(msg)
    connection.execute(update(CAMPAIGNS).where(CAMPAIGNS.c.id == number).values(recipients=recipients))
    opened = campaign_of(connection, digest.issue)
    if opened is None:
        msg = f"the campaign of {digest.issue} disappeared from the ledger; check which other program changes it, then run `send` again"
        raise BriefingError(msg)
    return opened


def is_mailed(now: int) -> ColumnElement[bool]:
    """The condition that selects the subscribers who get an issue."""
    return and_(
        SUBSCRIBERS.c.state == Membership.CONFIRMED.value,
        SUBSCRIBERS.c.paused_until <= now,
        ~select(SUPPRESSIONS.c.hash).where(SUPPRESSIONS.c.hash == SUBSCRIBERS.c.hash).exists(),
    )


def readers(connection: Connection, now: int) -> dict[str, int]:
    """How many readers an issue would go to now, by mail domain, largest first."""
    query = select(SUBSCRIBERS.c.domain, func.count()).where(is_mailed(now)).group_by(SUBSCRIBERS.c.domain)
    found = connection.execute(query.order_by(func.count().desc(), SUBSCRIBERS.c.domain))
    return dict(found.all())


def sample(connection: Connection, number: int, now: int) -> tuple[tuple[str, str], ...]:
    """Some of the readers an issue would go to, as identifier and address, in no meaningful order."""
    query = select(SUBSCRIBERS.c.reader, SUBSCRIBERS.c.address).where(is_mailed(now)).order_by(SUBSCRIBERS.c.reader)
    return tuple((reader, address) for reader, address in connection.execute(query.limit(number)))
