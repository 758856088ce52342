"""What a run does first about uncertain deliveries, and about times that no longer apply."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import or_, select, update

from briefing.delivery.sending import limits
from briefing.delivery.sending.ledger import RATE
from briefing.delivery.sending.outcomes import LATEST
from briefing.delivery.store.tables import CAMPAIGNS, DELIVERIES, DeliveryState

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from briefing.delivery.sending.campaign import Campaign
    from briefing.delivery.sending.transports.contract import Traits


class Unknown(StrEnum):
    """hold: do not resend uncertain deliveries. resend: send them again, with possible duplicates."""

    HOLD = "hold"
    RESEND = "resend"


def requeue_unknown(connection: Connection, campaign: int, unknown: Unknown, traits: Traits, now: int) -> int:
    """Let uncertain deliveries be sent again, if the user wants it or repeating them is harmless. Return their number."""
    if unknown is Unknown.HOLD and not traits.repeatable:
        return 0
    uncertain = DELIVERIES.c.campaign == campaign, DELIVERIES.c.state == DeliveryState.UNKNOWN.value
    again = update(DELIVERIES).where(*uncertain).values(state=DeliveryState.PENDING.value, sender=0, due=0, status="")
    if unknown is Unknown.HOLD:
        # Counted from the first attempt: a later one did not restart the service's own count.
        again = again.where(DELIVERIES.c.first_at > now - int(traits.repeatable))
    return connection.execute(again).rowcount


def reopen(connection: Connection, campaign: Campaign) -> bool:
    """Reopen a finished campaign to send its uncertain deliveries again; False if it has none."""
    uncertain = DELIVERIES.c.campaign == campaign.id, DELIVERIES.c.state == DeliveryState.UNKNOWN.value
    if connection.execute(select(DELIVERIES.c.subscriber).where(*uncertain).limit(1)).first() is None:
        return False
    connection.execute(update(CAMPAIGNS).where(CAMPAIGNS.c.id == campaign.id).values(finished_at=0))
    return True


def reset_waits(connection: Connection, campaign: int, now: int) -> None:
    """Forget the slots of our own limits, and times from before the clock was set back. Only for a sender that is alone."""
    deferred = DELIVERIES.c.campaign == campaign, DELIVERIES.c.state == DeliveryState.DEFERRED.value
    own = update(DELIVERIES).where(*deferred, DELIVERIES.c.status == RATE)
    connection.execute(own.values(state=DeliveryState.PENDING.value, due=0, status=""))
    impossible = or_(DELIVERIES.c.due > now + LATEST, DELIVERIES.c.first_at > now)
    connection.execute(update(DELIVERIES).where(*deferred, impossible).values(due=now, first_at=now))
    limits.reset_slots(connection, now)
