"""How a run of `send` goes, and how far it has come."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from briefing.delivery.sending.limits import Limits

if TYPE_CHECKING:
    from briefing.delivery.sending.ledger import Remaining
    from briefing.delivery.sending.uncertain import Unknown
    from briefing.delivery.store.tables import DeliveryState
    from briefing.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingTerms:
    """The terms of one run.

    unknown: what happens to uncertain deliveries. waits: whether the run stays while deliveries are only deferred.
    most: the maximum number of readers, 0 for all. retry_seconds: how long a refused delivery is retried. signs: whether
    we sign the messages.
    """

    limits: Limits
    unknown: Unknown
    waits: bool
    most: int
    retry_seconds: float
    signs: bool


@dataclass(slots=True)
class Progress:
    """What one run has done so far.

    counts: the run's own changes, by state. remaining, again_at: why the run ended, as in `Batch`; None if it was stopped.
    refusal: why the server or service accepts nothing from us, free of addresses. is_interrupted: by a signal.
    waits_for: why nothing is accepted at the moment, "" if it is.
    """

    counts: Counter[DeliveryState] = field(default_factory=Counter)
    remaining: Remaining | None = None
    again_at: float = 0
    refusal: str = ""
    is_interrupted: bool = False
    waits_for: str = ""


def terms_of(settings: Settings, *, unknown: Unknown, waits: bool, most: int, signs: bool) -> SendingTerms:
    """The terms that the settings and the command ask for."""
    delivery = settings.options.delivery
    domains = {domain.lower(): rate for domain, rate in delivery.domains_per_second.items() if rate > 0}
    limits = Limits(delivery.per_second, domains, tuple(delivery.warm_up), settings.zone)
    retry_seconds = delivery.retry_hours * 60 * 60
    return SendingTerms(
        limits=limits, unknown=unknown, waits=waits, most=most, retry_seconds=retry_seconds, signs=signs
    )
