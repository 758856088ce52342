"""Finishing a campaign: the counts must add up, and a record without addresses is made for the repository."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from briefing.content.library.contents import contents_from_json
from briefing.content.model import Counts, SentRecord
from briefing.delivery.sending.campaign import tally
from briefing.delivery.store.tables import CAMPAIGNS, FINAL, DeliveryState
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from briefing.delivery.sending.campaign import Campaign


def finish(connection: Connection, campaign: Campaign, now: int) -> tuple[Campaign, dict[DeliveryState, int]]:
    """Finish a campaign of which nothing is left to send. Return it with its counts; a second call changes nothing.

    Raises BriefingError if the counts do not add up to the recipients. The campaign then stays open.
    """
    counts = tally(connection, campaign.id)
    accounted = sum(counts[state] for state in FINAL)
    if accounted != campaign.recipients:
        msg = (
            f"{campaign.issue}: the ledger accounts for {accounted} of {campaign.recipients} recipients, so the campaign"
            " stays open; run `send` again, and if that does not help, restore the ledger from a backup"
        )
        raise BriefingError(msg)
    still_open = CAMPAIGNS.c.id == campaign.id, CAMPAIGNS.c.finished_at == 0
    connection.execute(update(CAMPAIGNS).where(*still_open).values(finished_at=now))
    finished_at = connection.execute(select(CAMPAIGNS.c.finished_at).where(CAMPAIGNS.c.id == campaign.id)).scalar_one()
    return replace(campaign, finished_at=finished_at), counts


def sent_record(campaign: Campaign, subject: str, counts: Mapping[DeliveryState, int]) -> SentRecord:
    """The public record of a finished campaign. Pure; `counts` as `finish` returns them."""
    return SentRecord(
        issue=campaign.issue,
        subject=subject,
        fingerprint=campaign.fingerprint,
        transport=campaign.transport,
        keeps=campaign.keeps,
        opened=_utc(campaign.opened_at),
        finished=_utc(campaign.finished_at),
        recipients=campaign.recipients,
        counts=Counts(
            sent=counts[DeliveryState.SENT],
            dead=counts[DeliveryState.DEAD],
            suppressed=counts[DeliveryState.SUPPRESSED],
            unknown=counts[DeliveryState.UNKNOWN],
        ),
        **contents_from_json(campaign.stories).fields,
    )


def _utc(second: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(second, dt.UTC)
