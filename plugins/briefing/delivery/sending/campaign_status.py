"""How a campaign stands, for people and for programs, without a single address."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from briefing.delivery.sending.campaign import all_campaigns, campaign_of, names_of_doubt, next_due, tally
from briefing.delivery.sending.envelopes import Names
from briefing.delivery.store.tables import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from briefing.delivery.sending.campaign import Campaign
    from briefing.delivery.store.database import Database
    from briefing.settings import Settings


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A delivery in doubt: its reader's identifier, its Message-ID, and when it was handed over.

    After a power failure the time may be unknown: 0. Once the reader has been erased, reader and message_id are "".
    """

    reader: str
    message_id: str
    at: int

    def line(self) -> str:
        """The same to be read."""
        reader = f"reader {self.reader}, Message-ID {self.message_id}" if self.reader else "an erased reader"
        return f"in doubt: {reader}, {_utc(self.at) or 'time unknown'}"


@dataclass(frozen=True, slots=True)
class CampaignStatus:
    """A campaign, how many deliveries are in which state, and which are in doubt. next_at: 0 where none is deferred."""

    campaign: Campaign
    counts: dict[DeliveryState, int]
    next_at: int
    in_doubt: tuple[Doubtful, ...]

    @property
    def is_finished(self) -> bool:
        """Whether nothing of it will change any more by `send`."""
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
            "in_doubt": [
                {"reader": each.reader or "erased", "message_id": each.message_id, "at": _utc(each.at)}
                for each in self.in_doubt
            ],
        }

    def lines(self) -> Iterator[str]:
        """The same to be read."""
        campaign = self.campaign
        state = f"finished {_utc(campaign.finished_at)}" if self.is_finished else "open"
        yield f"{campaign.issue}: {state}, opened {_utc(campaign.opened_at)}, by {campaign.transport}"
        yield f"  {'recipients':<11}{campaign.recipients:>9,}"
        for name, number in self.counts.items():
            if number or name is DeliveryState.SENT:
                yield f"  {name.value:<11}{number:>9,}"
        if self.next_at:
            yield f"  next attempt {_utc(self.next_at)}"
        for each in self.in_doubt:
            yield f"  {each.line()}"


def statuses(database: Database, settings: Settings, issue: str = "") -> tuple[CampaignStatus, ...]:
    """How one issue's campaign stands, or every campaign, the newest first."""
    with database.reading() as connection:
        found = [campaign_of(connection, issue)] if issue else all_campaigns(connection)
        return tuple(_status(connection, database, settings, campaign) for campaign in found if campaign)


def _status(connection: Connection, database: Database, settings: Settings, campaign: Campaign) -> CampaignStatus:
    names = Names(settings, database.secret, campaign.issue, campaign.id)
    doubtful = [
        Doubtful(reader, names.message_id(reader) if reader else "", at)
        for reader, at in names_of_doubt(connection, campaign.id)
    ]
    if campaign.counts:
        kept: dict[str, int] = json.loads(campaign.counts)
        return CampaignStatus(campaign, {state: kept.get(state.value, 0) for state in DeliveryState}, 0, ())
    return CampaignStatus(campaign, tally(connection, campaign.id), next_due(connection, campaign.id), tuple(doubtful))


def _utc(second: int) -> str | None:
    return dt.datetime.fromtimestamp(second, dt.UTC).isoformat().replace("+00:00", "Z") if second else None
