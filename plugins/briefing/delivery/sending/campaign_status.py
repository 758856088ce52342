"""The status of a campaign, for people and for programs, without addresses."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from briefing.delivery.sending.campaign import all_campaigns, campaign_of, next_due, tally, uncertain_readers
from briefing.delivery.sending.envelopes import Names
from briefing.delivery.store.tables import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from briefing.delivery.sending.campaign import Campaign
    from briefing.delivery.store.database import Database
    from briefing.settings import Settings


@dataclass(frozen=True, slots=True)
class UncertainDelivery:
    """An uncertain delivery: its reader's identifier, its Message-ID, and when it was handed over.

    at: 0 if unknown, as after a power failure. reader, message_id: "" once the reader is erased.
    """

    reader: str
    message_id: str
    at: int

    def line(self) -> str:
        """As people read it."""
        reader = f"reader {self.reader}, Message-ID {self.message_id}" if self.reader else "an erased reader"
        return f"uncertain: {reader}, {_utc(self.at) or 'time unknown'}"


@dataclass(frozen=True, slots=True)
class CampaignStatus:
    """A campaign, its number of deliveries by state, and those that are uncertain. next_at: 0 if none is deferred."""

    campaign: Campaign
    counts: dict[DeliveryState, int]
    next_at: int
    uncertain: tuple[UncertainDelivery, ...]

    @property
    def is_finished(self) -> bool:
        """Whether `send` has nothing left to do."""
        return self.campaign.finished_at > 0

    def as_json(self) -> dict[str, Any]:
        """What `status --json` prints; times in UTC."""
        campaign = self.campaign
        return {
            "issue": campaign.issue,
            "state": "finished" if self.is_finished else "open",
            "opened": _utc(campaign.opened_at),
            "finished": _utc(campaign.finished_at),
            "next": _utc(self.next_at),
            "transport": campaign.transport,
            "keeps": campaign.keeps,
            "fingerprint": campaign.fingerprint,
            "recipients": campaign.recipients,
            "counts": {state.value: number for state, number in self.counts.items()},
            "uncertain": [
                {"reader": each.reader or "erased", "message_id": each.message_id, "at": _utc(each.at)}
                for each in self.uncertain
            ],
        }

    def lines(self) -> Iterator[str]:
        """As people read it."""
        campaign = self.campaign
        state = f"finished {_utc(campaign.finished_at)}" if self.is_finished else "open"
        yield f"{campaign.issue}: {state}, opened {_utc(campaign.opened_at)}, by {campaign.transport}"
        yield f"  {'recipients':<11}{campaign.recipients:>9,}"
        for name, number in self.counts.items():
            if number or name is DeliveryState.SENT:
                yield f"  {name.value:<11}{number:>9,}"
        if self.next_at:
            yield f"  next attempt {_utc(self.next_at)}"
        for each in self.uncertain:
            yield f"  {each.line()}"


def statuses(database: Database, settings: Settings, issue: str = "") -> tuple[CampaignStatus, ...]:
    """The status of one issue's campaign, or of every campaign, newest first."""
    with database.reading() as connection:
        found = [campaign_of(connection, issue)] if issue else all_campaigns(connection)
        return tuple(_status(connection, database, settings, campaign) for campaign in found if campaign)


def _status(connection: Connection, database: Database, settings: Settings, campaign: Campaign) -> CampaignStatus:
    names = Names(settings, database.secret, campaign.issue, campaign.id)
    uncertain = [
        UncertainDelivery(reader, names.message_id(reader) if reader else "", at)
        for reader, at in uncertain_readers(connection, campaign.id)
    ]
    if campaign.counts:
        kept: dict[str, int] = json.loads(campaign.counts)
        return CampaignStatus(campaign, {state: kept.get(state.value, 0) for state in DeliveryState}, 0, ())
    return CampaignStatus(campaign, tally(connection, campaign.id), next_due(connection, campaign.id), tuple(uncertain))


def _utc(second: int) -> str | None:
    return dt.datetime.fromtimestamp(second, dt.UTC).isoformat().replace("+00:00", "Z") if second else None
