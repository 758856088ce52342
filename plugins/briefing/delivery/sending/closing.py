"""A finished campaign -> the record of it that is committed beside the issue."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from briefing.content.library.contents import contents_from_json
from briefing.content.model import Counts, SentRecord
from briefing.delivery.store.tables import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from briefing.delivery.sending.campaign import Campaign


def sent_record(campaign: Campaign, subject: str, counts: Mapping[DeliveryState, int]) -> SentRecord:
    """What is kept of a campaign for everyone to see. Pure; `counts` as `runs.finish` gives them."""
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
