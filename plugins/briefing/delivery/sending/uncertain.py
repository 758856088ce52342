"""What a run finds when it begins: deliveries whose outcome nobody knows, and times that no longer hold."""

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
    """What is done about deliveries in doubt: hold leaves them and repeats nobody; resend risks a repetition."""

    HOLD = "hold"
    RESEND = "resend"


def settle(connection: Connection, campaign: int, unknown: Unknown, traits: Traits, now: int) -> int:
    """Let deliveries in doubt be sent again, where the user says so or repeating is harmless. How many they are."""
    doubtful = DELIVERIES.c.campaign == campaign, DELIVERIES.c.state == DeliveryState.UNKNOWN.value
    again = update(DELIVERIES).where(*doubtful).values(state=DeliveryState.PENDING.value, sender=0, due=0, status="")
    if unknown is Unknown.HOLD:
        # From the first time on: a later one did not begin the service's own count anew.
        again = again.where(DELIVERIES.c.first_at > now - int(traits.repeatable))
    return connection.execute(again).rowcount if unknown is Unknown.RESEND or traits.repeatable else 0


def reopen(connection: Connection, campaign: Campaign) -> bool:
    """Open a finished campaign again for the deliveries in doubt that its user wants sent again; False without any."""
    doubtful = DELIVERIES.c.campaign == campaign.id, DELIVERIES.c.state == DeliveryState.UNKNOWN.value
    if connection.execute(select(DELIVERIES.c.subscriber).where(*doubtful).limit(1)).first() is None:
        return False
    connection.execute(update(CAMPAIGNS).where(CAMPAIGNS.c.id == campaign.id).values(finished_at=0))
    return True


def start_anew(connection: Connection, campaign: int, now: int) -> None:
    """Only for a sender that is alone: forget the places in our own line, and times from before the clock was set back."""
    deferred = DELIVERIES.c.campaign == campaign, DELIVERIES.c.state == DeliveryState.DEFERRED.value
    own = update(DELIVERIES).where(*deferred, DELIVERIES.c.status == RATE)
    connection.execute(own.values(state=DeliveryState.PENDING.value, due=0, status=""))
    astray = or_(DELIVERIES.c.due > now + LATEST, DELIVERIES.c.first_at > now)
    connection.execute(update(DELIVERIES).where(*deferred, astray).values(due=now, first_at=now))
    limits.start_anew(connection, now)
