"""The rows of an open campaign, as one sender changes them: outcomes are recorded, and deliveries are claimed.

Each `exchange` is one transaction, so that recording one message and claiming the next cost one commit.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from briefing.delivery.sending import limits as limiting
from briefing.delivery.sending import statements
from briefing.delivery.sending.claim_window import ClaimWindow, boot
from briefing.delivery.sending.outcomes import PATIENCE, PAUSE, DeliveryClaim
from briefing.delivery.sending.senders import lock_again, reap_dead_senders
from briefing.delivery.sending.statements import Prepared
from briefing.delivery.store import membership
from briefing.delivery.store.tables import DeliveryState, Membership

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from briefing.delivery.sending.campaign import Campaign
    from briefing.delivery.sending.limits import Limits
    from briefing.delivery.sending.outcomes import StateChange
    from briefing.delivery.sending.statements import Candidate
    from briefing.delivery.store.database import Database

RATE: Final = "rate"  # status of a delivery that our own limits hold back
PAUSED: Final = "paused"  # status of one whose domain is paused, or whose reader has paused
_SOON: Final = 0.2  # seconds until it makes sense to try again while other deliveries are in flight
_WATCH: Final = 10.0  # seconds between two looks for dead senders
_FRESH: Final = 1.0  # seconds for which what was read of domains and deferred deliveries counts


class Remaining(StrEnum):
    """Why there were fewer claims than wanted: what remains.

    in_flight: other deliveries are being handed over. rate_limited, daily_limit: our own limits, for moments or until
    tomorrow. deferred: the other side refused it for now. nothing: nothing is left.
    """

    IN_FLIGHT = "in_flight"
    RATE_LIMITED = "rate_limited"
    DAILY_LIMIT = "daily_limit"
    DEFERRED = "deferred"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Batch:
    """Deliveries that were claimed. If they are fewer than wanted: why, and when there may be more.

    suppressed, deferred: how many deliveries must not be sent any more, or not now.
    """

    claims: tuple[DeliveryClaim, ...] = ()
    remaining: Remaining | None = None
    again_at: float = 0
    suppressed: int = 0
    deferred: int = 0


class Ledger:
    """For one sender and one thread at a time. The connection is kept for as long as the sender lives."""

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
        self._window = ClaimWindow(campaign.id, sender, is_supported=bool(boot()) and not database.is_shared)
        self._refusals: Counter[str] = Counter()
        self._paused: dict[str, int] = {}
        self._paused_at = self._reaped_at = self._deferred_at = self._next_due = -math.inf
        dialect = database.engine.dialect
        self._recording = Prepared(statements.RECORD, dialect)
        self._claiming = Prepared(statements.CLAIM, dialect)
        self._pending = Prepared(statements.NEXT_PENDING, dialect)
        self._due = Prepared(statements.NEXT_DUE, dialect)

    @property
    def is_remote(self) -> bool:
        """Whether the database answers over a network."""
        return self._database.is_shared

    def exchange(self, changes: Sequence[StateChange], wanted: int, clock: float) -> Batch:
        """Record changes and claim up to `wanted` deliveries. Fewer without `remaining` are no end: call it again.

        On PostgreSQL it looks for dead senders now and then. Raises DatabaseError: then nothing has been claimed or
        recorded, and the changes may be given again.
        """
        if self._database.is_shared:
            self._watch_senders(clock)
        # Deferred deliveries come in no order that a window could cover.
        in_window = self._window.is_open and not self._may_be_due(clock)
        with self._database.transaction(self._connection, is_durable=not in_window):
            if changes:
                self._record(changes, int(clock))
            if not in_window:
                self._window.extend(self._connection)
            return self._claim(wanted, clock, in_window=in_window) if wanted else Batch()

    def _watch_senders(self, clock: float) -> None:
        if self._connection.invalidated:
            lock_again(self._database, self._connection, self._sender)
        if not 0 <= clock - self._reaped_at < _WATCH:
            reap_dead_senders(self._database, self._connection, self._number, self._sender)
            self._reaped_at = clock

    def _record(self, changes: Sequence[StateChange], now: int) -> None:
        self._recording.change(self._connection, [self._row(change, now) for change in changes])
        returned = sum(change.state is DeliveryState.PENDING for change in changes)
        limiting.count_day(self._connection, self._limits, -returned, now)
        for change in changes:
            self._next_due = min(self._next_due, change.due or math.inf)
            if change.is_gone:
                membership.end_subscription(self._connection, change.claim.reader, Membership.BOUNCED, now)
            self._pause_domain(change, now)

    def _row(self, change: StateChange, now: int) -> dict[str, object]:
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

    def _pause_domain(self, change: StateChange, now: int) -> None:
        """Pause a domain that asks for it, or that refuses one reader after another."""
        domain = change.claim.domain
        if change.state is DeliveryState.SENT:
            self._refusals.pop(domain, None)
        elif change.state is DeliveryState.DEFERRED:
            self._refusals[domain] += 1
            if change.pauses or self._refusals[domain] >= PATIENCE:
                del self._refusals[domain]
                limiting.pause(self._connection, domain, now + PAUSE)
                self._paused[domain] = now + PAUSE

    def _claim(self, wanted: int, clock: float, *, in_window: bool) -> Batch:
        """Claim up to `wanted` deliveries, as many as the limits allow; only those in the claim window if `in_window`."""
        allowed = limiting.grant(self._connection, self._limits, wanted, clock)
        claims: list[DeliveryClaim] = []
        suppressed = deferred = 0
        while len(claims) < allowed.count:
            candidates = self._candidates(allowed.count - len(claims), clock, in_window=in_window)
            if not candidates:
                break
            batch = self._claim_those(candidates, clock)
            claims += batch.claims
            suppressed += batch.suppressed
            deferred += batch.deferred
        limiting.give_back(self._connection, self._limits, allowed.count - len(claims))
        limiting.count_day(self._connection, self._limits, len(claims), clock)
        remaining, again_at = None, 0.0
        if len(claims) < allowed.count:
            if in_window:
                self._window.close()
            else:
                remaining, again_at = self._remaining(clock)
        elif len(claims) < wanted:
            remaining = Remaining.DAILY_LIMIT if allowed.is_day else Remaining.RATE_LIMITED
            again_at = allowed.again_at
        return Batch(tuple(claims), remaining, again_at, suppressed, deferred)

    def _candidates(self, size: int, clock: float, *, in_window: bool) -> Sequence[Candidate]:
        """The next deliveries: deferred ones that are due, else pending ones."""
        values = self._campaign | {"now": int(clock), "size": size}
        if not in_window and self._may_be_due(clock):
            due = self._due.rows(self._connection, values)
            if due:
                return due
            first = self._connection.execute(statements.FIRST_DEFERRED, self._campaign).first()
            self._next_due, self._deferred_at = first.due if first else math.inf, clock
        pending = self._pending.rows(self._connection, values)
        # With the window as a condition of the query, SQLite would read every pending row.
        return [row for row in pending if row[0] <= self._window.upto] if in_window else pending

    def _may_be_due(self, clock: float) -> bool:
        """Whether a deferred delivery may be due."""
        return clock >= self._next_due or not 0 <= clock - self._deferred_at < _FRESH

    def _claim_those(self, candidates: Sequence[Candidate], clock: float) -> Batch:
        """Claim the candidates that may be sent now, and set the others aside."""
        now = int(clock)
        claims: list[DeliveryClaim] = []
        aside: list[dict[str, object]] = []
        for number, attempts, first_at, status, reader, address, domain, state, paused_until, suppression in candidates:
            if state != Membership.CONFIRMED or suppression:
                aside.append(self._aside(number, now, DeliveryState.SUPPRESSED, suppression or state or "erased"))
            elif paused_until > now:
                aside.append(self._aside(number, now, DeliveryState.SUPPRESSED, PAUSED))
            elif (paused := self._paused_until(domain, clock)) > clock:
                aside.append(self._aside(number, now, DeliveryState.DEFERRED, PAUSED, paused))
            elif status != RATE and (slot := limiting.slot(self._connection, self._limits, domain, clock)) > clock:
                aside.append(self._aside(number, now, DeliveryState.DEFERRED, RATE, math.ceil(slot)))
            else:
                claims.append(DeliveryClaim(number, reader, address, domain, attempts, first_at))
        if claims:
            mine = self._campaign | {"at": now, "mine": self._sender}
            rows = [{"number": claim.subscriber, "first_at": claim.first_at or now} for claim in claims]
            self._claiming.change(self._connection, [mine | row for row in rows])
        if aside:
            self._connection.execute(statements.SET_ASIDE, aside)
            self._next_due = -math.inf
        suppressed = sum(row["state"] == DeliveryState.SUPPRESSED.value for row in aside)
        return Batch(tuple(claims), suppressed=suppressed, deferred=len(aside) - suppressed)

    def _aside(self, number: int, now: int, state: DeliveryState, status: str, due: int = 0) -> dict[str, object]:
        return self._campaign | {"number": number, "at": now, "state": state.value, "status": status, "due": due}

    def _paused_until(self, domain: str, clock: float) -> int:
        if not 0 <= clock - self._paused_at < _FRESH:
            self._paused = limiting.paused_domains(self._connection, int(clock))
            self._paused_at = clock
        return self._paused.get(domain, 0)

    def _remaining(self, clock: float) -> tuple[Remaining, float]:
        for query in (statements.ONE_IN_FLIGHT, statements.ONE_PENDING):  # pending: locked by another sender
            if self._connection.execute(query, self._campaign).first():
                return Remaining.IN_FLIGHT, clock + _SOON
        first = self._connection.execute(statements.FIRST_DEFERRED, self._campaign).first()
        if first is None:
            return Remaining.NOTHING, 0
        again_at = max(float(first.due), clock + _SOON)
        return (Remaining.RATE_LIMITED if first.status == RATE else Remaining.DEFERRED), again_at
