"""The rows of an open campaign, as one sender changes them: what became of some, and which are next.

Each `exchange` is one transaction, so that the answer to one message and the claim of the next cost one commit.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, or_, select, text, update

from briefing.delivery.sending import limits as limiting
from briefing.delivery.sending.claim_window import boot, reserve
from briefing.delivery.sending.outcomes import PATIENCE, PAUSE, DeliveryClaim
from briefing.delivery.sending.senders import bury, lock_again
from briefing.delivery.sending.statements import Prepared
from briefing.delivery.store import membership
from briefing.delivery.store.tables import DELIVERIES, IS_OPEN, SUBSCRIBERS, SUPPRESSIONS, DeliveryState, Membership

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection, Select, TextClause, Update

    Candidate = tuple[int, int, int, str, str, str, str, str, int, str]

    from briefing.delivery.sending.campaign import Campaign
    from briefing.delivery.sending.limits import Limits
    from briefing.delivery.sending.outcomes import StateChange
    from briefing.delivery.store.database import Database

RATE: Final = "rate"  # status of a delivery that our own limits hold back
PAUSED: Final = "paused"  # status of one whose domain is left alone, or whose reader has paused
_NO_END: Final = 2**31 - 1  # a subscriber's number is never higher
_SOON: Final = 0.2  # seconds until it makes sense to ask again while others hold what is left
_WATCH: Final = 10.0  # seconds between two looks at the other senders
_FRESH: Final = 1.0  # seconds for which the list of paused domains is believed


class Rest(StrEnum):
    """Why there were fewer claims than wanted.

    busy: what is left is being handed over. pace, day: our limits hold back, for moments or until tomorrow.
    deferred: the other side refused what is left for now. over: nothing is left.
    """

    BUSY = "busy"
    PACE = "pace"
    DAY = "day"
    DEFERRED = "deferred"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Handout:
    """What may be handed over now. Where it is fewer than wanted: why, and when there may be more.

    suppressed, deferred: how many deliveries turned out not to be mailed any longer, or not now.
    """

    claims: tuple[DeliveryClaim, ...]
    rest: Rest | None = None
    again_at: float = 0
    suppressed: int = 0
    deferred: int = 0


class Ledger:
    """For one sender and one thread at a time; the connection is held for as long as the sender lives."""

    def __init__(
        self, database: Database, connection: Connection, campaign: Campaign, sender: int, limits: Limits
    ) -> None:
        """`sender`: its row in `SENDERS`, whose lock it holds."""
        self._database = database
        self._connection = connection
        self._limits = limits
        self._number = campaign.id
        self._campaign = {"of": campaign.id}
        self._sender = sender
        self._refusals: Counter[str] = Counter()
        self._paused: dict[str, int] = {}
        self._paused_at = self._buried_at = self._looked_at = self._next_due = -math.inf
        self._can_reserve = bool(boot()) and not database.is_shared
        self._upto = 0
        dialect = database.engine.dialect
        statements = _KEEP, _TAKE, _PENDING, _DUE
        self._keeping, self._taking, self._pending, self._deferred = (Prepared(each, dialect) for each in statements)

    @property
    def is_remote(self) -> bool:
        """Whether answers come over a network, so that it is worth while to do something else meanwhile."""
        return self._database.is_shared

    def exchange(self, changes: Sequence[StateChange], wanted: int, clock: float) -> Handout:
        """Keep the changes and claim up to `wanted` deliveries; fewer without a `rest` are no end: ask again.

        Now and then it looks for senders that died. Raises DatabaseError; then nothing has been claimed, and the changes
        may be given again.
        """
        if self._database.is_shared and self._connection.invalidated:
            lock_again(self._database, self._connection, self._sender)
        if self._database.is_shared and not 0 <= clock - self._buried_at < _WATCH:
            bury(self._database, self._connection, self._number, self._sender)
            self._buried_at = clock
        is_deferred = self._can_reserve and not self._may_be_due(clock)
        with self._database.transaction(self._connection, is_deferred=is_deferred):
            if changes:
                self._keep(changes, int(clock))
            handout = self._next(wanted, clock, self._upto if is_deferred else _NO_END) if wanted else Handout(())
        # Where something was found it is given out first: a second transaction that failed would leave it to nobody.
        found = handout.claims or handout.suppressed or handout.deferred
        return (
            self._reach_further(wanted, clock) if is_deferred and wanted and not found and not handout.rest else handout
        )

    def _reach_further(self, wanted: int, clock: float) -> Handout:
        """Claim in a transaction that waits for the disk, and reserve what may be claimed hastily after it."""
        with self._database.transaction(self._connection):
            handout = self._next(wanted, clock, _NO_END)
            self._upto = reserve(self._connection, self._number, self._sender)
            return handout

    def _keep(self, changes: Sequence[StateChange], now: int) -> None:
        self._keeping.change(self._connection, [self._as_row(change, now) for change in changes])
        back = sum(change.state is DeliveryState.PENDING for change in changes)
        limiting.count_day(self._connection, self._limits, -back, now)
        for change in changes:
            self._next_due = min(self._next_due, change.due or math.inf)
            if change.is_gone:
                membership.end_subscription(self._connection, change.claim.reader, Membership.BOUNCED, now)
            self._watch(change, now)

    def _as_row(self, change: StateChange, now: int) -> dict[str, object]:
        return self._campaign | {
            "number": change.claim.subscriber,
            "mine": self._sender,
            "state": change.state.value,
            "attempts": change.attempts,
            "first_at": change.first_at,
            "due": change.due,
            "status": change.status,
            "at": now,
        }

    def _watch(self, change: StateChange, now: int) -> None:
        """Leave a domain alone that asks for it, or that refuses one reader after another."""
        domain = change.claim.domain
        if change.state is DeliveryState.SENT:
            self._refusals.pop(domain, None)
        elif change.state is DeliveryState.DEFERRED:
            self._refusals[domain] += 1
            if change.pauses or self._refusals[domain] >= PATIENCE:
                del self._refusals[domain]
                limiting.pause(self._connection, domain, now + PAUSE)
                self._paused[domain] = now + PAUSE

    def _next(self, wanted: int, clock: float, upto: int) -> Handout:
        """Up to `wanted` claims among those up to a subscriber. Without a `rest` there may be more beyond."""
        allowed = limiting.grant(self._connection, self._limits, wanted, clock)
        claims: list[DeliveryClaim] = []
        suppressed = deferred = 0
        while len(claims) < allowed.count:
            sorted_out = self._claim(allowed.count - len(claims), clock, upto)
            if sorted_out is None:
                break
            claims += sorted_out.claims
            suppressed += sorted_out.suppressed
            deferred += sorted_out.deferred
        limiting.give_back(self._connection, self._limits, allowed.count - len(claims))
        limiting.count_day(self._connection, self._limits, len(claims), clock)
        rest, again_at = None, 0.0
        if len(claims) < allowed.count:
            rest, again_at = self._what_is_left(clock) if upto == _NO_END else (None, 0.0)
        elif len(claims) < wanted:
            rest, again_at = Rest.DAY if allowed.is_day else Rest.PACE, allowed.again_at
        return Handout(tuple(claims), rest, again_at, suppressed, deferred)

    def _claim(self, wanted: int, clock: float, upto: int) -> Handout | None:
        """Look at the next deliveries, at most `wanted`, and claim those that may go; None where there are none."""
        now = int(clock)
        look = self._campaign | {"now": now, "size": wanted}
        rows = self._due(look, clock) or self._up_to(upto, look)
        if not rows:
            return None
        claims = []
        others: list[dict[str, object]] = []
        for number, attempts, first_at, status, reader, address, domain, standing, paused_until, suppressed in rows:
            row = self._campaign | {"number": number, "at": now, "due": 0, "status": ""}
            if standing != Membership.CONFIRMED or suppressed:
                others.append(
                    row | {"state": DeliveryState.SUPPRESSED.value, "status": suppressed or standing or "erased"}
                )
            elif paused_until > now:
                others.append(row | {"state": DeliveryState.SUPPRESSED.value, "status": PAUSED})
            elif (pause := self._pause_of(domain, clock)) > clock:
                others.append(row | {"state": DeliveryState.DEFERRED.value, "status": PAUSED, "due": pause})
            elif status != RATE and (free := limiting.slot(self._connection, self._limits, domain, clock)) > clock:
                others.append(row | {"state": DeliveryState.DEFERRED.value, "status": RATE, "due": math.ceil(free)})
            else:
                claims.append(DeliveryClaim(number, reader, address, domain, attempts, first_at))
        if claims:
            mine = self._campaign | {"at": now, "mine": self._sender}
            taken = [{"number": claim.subscriber, "first_at": claim.first_at or now} for claim in claims]
            self._taking.change(self._connection, [mine | row for row in taken])
        if others:
            self._connection.execute(_DIVERT, others)
            self._next_due = -math.inf
        gone = sum(row["state"] == DeliveryState.SUPPRESSED.value for row in others)
        return Handout(tuple(claims), suppressed=gone, deferred=len(others) - gone)

    def _may_be_due(self, clock: float) -> bool:
        """Whether deferred deliveries have to be looked at: those are in no order that could be reserved."""
        return clock >= self._next_due or not 0 <= clock - self._looked_at < _FRESH

    def _due(self, look: dict[str, int], clock: float) -> Sequence[Candidate]:
        if not self._may_be_due(clock):
            return ()
        rows = self._deferred.rows(self._connection, look)
        if not rows:
            first = self._connection.execute(_FIRST, self._campaign).first()
            self._next_due, self._looked_at = first[0] if first else math.inf, clock
        return rows

    def _up_to(self, upto: int, look: dict[str, int]) -> Sequence[Candidate]:
        """The next that are pending, if they are not beyond; asked so, SQLite would read all that are."""
        return [row for row in self._pending.rows(self._connection, look) if row[0] <= upto]

    def _pause_of(self, domain: str, clock: float) -> int:
        if not 0 <= clock - self._paused_at < _FRESH:
            self._paused = limiting.paused_domains(self._connection, int(clock))
            self._paused_at = clock
        return self._paused.get(domain, 0)

    def _what_is_left(self, clock: float) -> tuple[Rest, float]:
        if self._connection.execute(_HELD, self._campaign).first():
            return Rest.BUSY, clock + _SOON
        first = self._connection.execute(_FIRST, self._campaign).first()
        if first is None:
            return Rest.OVER, 0
        due, status = first
        return (Rest.PACE if status == RATE else Rest.DEFERRED), max(float(due), clock + _SOON)


def _candidates(state: DeliveryState) -> Select[int, int, int, str, str, str, str, str, int, str]:
    joined = DELIVERIES.outerjoin(SUBSCRIBERS, SUBSCRIBERS.c.id == DELIVERIES.c.subscriber)
    columns = DELIVERIES.c.subscriber, DELIVERIES.c.attempts, DELIVERIES.c.first_at, DELIVERIES.c.status
    reader = SUBSCRIBERS.c.reader, SUBSCRIBERS.c.address, SUBSCRIBERS.c.domain, SUBSCRIBERS.c.state
    more = SUBSCRIBERS.c.paused_until, SUPPRESSIONS.c.reason
    return (
        select(*columns, *reader, *more)
        .select_from(joined.outerjoin(SUPPRESSIONS, SUPPRESSIONS.c.hash == SUBSCRIBERS.c.hash))
        .where(_OF, *_open(state), DELIVERIES.c.due <= bindparam("now"))
        .order_by(DELIVERIES.c.due, DELIVERIES.c.subscriber)
        .limit(bindparam("size"))
        .with_for_update(of=DELIVERIES, skip_locked=True)
    )


def _open(state: DeliveryState) -> tuple[ColumnElement[bool] | TextClause, ...]:
    return _IS_OPEN, DELIVERIES.c.state == state.value


def _change() -> Update:
    one = DELIVERIES.c.campaign == bindparam("of"), DELIVERIES.c.subscriber == bindparam("number")
    return update(DELIVERIES).where(*one)


_IS_OPEN: Final = text(f"deliveries.{IS_OPEN}")  # `state` alone could be a subscriber's
_OF: Final = DELIVERIES.c.campaign == bindparam("of")
_PENDING: Final = _candidates(DeliveryState.PENDING)
_DUE: Final = _candidates(DeliveryState.DEFERRED)
_TAKE: Final = _change().values(
    {name: bindparam(name) for name in ("at", "first_at")}
    | {"state": DeliveryState.INFLIGHT.value, "sender": bindparam("mine")}
)
_NEW: Final[dict[str, object]] = {name: bindparam(name) for name in ("state", "due", "status", "at")}
_DIVERT: Final = _change().values(_NEW)
# Another sender may have taken this one for dead meanwhile; what it knows is still true.
_KEEP: Final = (
    _change()
    .where(DELIVERIES.c.sender == bindparam("mine"))
    .where(or_(DELIVERIES.c.state == DeliveryState.INFLIGHT.value, DELIVERIES.c.state == DeliveryState.UNKNOWN.value))
    .values(_NEW | {"attempts": bindparam("attempts"), "first_at": bindparam("first_at"), "sender": 0})
)
_HELD: Final = select(DELIVERIES.c.subscriber).where(_OF, *_open(DeliveryState.INFLIGHT)).limit(1)
_FIRST: Final = (
    select(DELIVERIES.c.due, DELIVERIES.c.status)
    .where(_OF, *_open(DeliveryState.DEFERRED))
    .order_by(DELIVERIES.c.due)
    .limit(1)
)
