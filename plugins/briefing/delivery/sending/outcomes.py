"""What a transport reports about a message -> the next state of its delivery. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from briefing.delivery.sending.transports.contract import Verdict
from briefing.delivery.store.tables import DeliveryState

if TYPE_CHECKING:
    from briefing.delivery.sending.transports.contract import Outcome

SOONEST: Final = 5 * 60  # seconds before a deferred delivery is tried again,
LATEST: Final = 4 * 60 * 60  # at least and at most
_RETURNS: Final = 5  # times that a delivery may be returned before it counts as deferred
PAUSE: Final = 15 * 60  # seconds for which a domain that refuses is paused
PATIENCE: Final = 5  # refusals by one domain in a row before it is paused


@dataclass(frozen=True, slots=True)
class DeliveryClaim:
    """A delivery that this sender may hand over now. It is `inflight` in the ledger.

    attempts: the number before this one. first_at: the time of the first, 0 for none.
    """

    subscriber: int
    reader: str
    address: str
    domain: str
    attempts: int
    first_at: int


@dataclass(frozen=True, slots=True)
class StateChange:
    """What becomes of a claimed delivery. is_gone: its address does not exist. pauses: its domain accepts nothing now."""

    claim: DeliveryClaim
    state: DeliveryState
    attempts: int
    first_at: int
    due: int = 0
    status: str = ""
    is_gone: bool = False
    pauses: bool = False


def change(claim: DeliveryClaim, outcome: Outcome, now: int, retry_seconds: float, chance: float) -> StateChange:
    """The delivery's next state. `chance` in [0, 1) spreads the retries (full jitter, 5 minutes to 4 hours).

    A delivery that is still deferred `retry_seconds` after its first attempt is dead.
    """
    first = claim.first_at or now
    attempts = claim.attempts + 1
    verdict = outcome.verdict
    if verdict is Verdict.RETURNED:
        if outcome.refusal:
            return StateChange(claim, DeliveryState.PENDING, claim.attempts, claim.first_at)
        if attempts < _RETURNS:
            return StateChange(claim, DeliveryState.PENDING, attempts, first)
        verdict = Verdict.DEFERRED
    if verdict is Verdict.DEFERRED and now - first >= retry_seconds:
        verdict = Verdict.DEAD
    if verdict is Verdict.DEFERRED:
        longest = min(LATEST, SOONEST * 2 ** min(attempts, 10))
        due = now + max(int(outcome.wait), SOONEST + int(chance * (longest - SOONEST)))
        return StateChange(
            claim, DeliveryState.DEFERRED, attempts, first, due, outcome.status, pauses=outcome.pauses_domain
        )
    state = {
        Verdict.SENT: DeliveryState.SENT,
        Verdict.DEAD: DeliveryState.DEAD,
        Verdict.UNKNOWN: DeliveryState.UNKNOWN,
    }[verdict]
    return StateChange(
        claim, state, attempts, first, 0, outcome.status, outcome.is_gone and state is DeliveryState.DEAD
    )
