"""Operations on one reader: add, remove, show, forget. A reader is named by address or identifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from briefing.delivery.store import membership
from briefing.delivery.store.email_addresses import mask_address, parse_address
from briefing.delivery.store.membership import GONE
from briefing.delivery.store.tables import SUBSCRIBERS, SUPPRESSIONS, Membership
from briefing.delivery.store.tokens import is_reader_id
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from briefing.delivery.store.membership import Subscriber
    from briefing.delivery.store.secret import Secret


@dataclass(frozen=True, slots=True)
class ListCounts:
    """The totals of the list. mailed: readers who would get an issue now. states, suppressions: by state, by reason."""

    mailed: int
    states: Mapping[str, int]
    suppressions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ReaderDetails:
    """A reader, with a masked address. suppressed: why they are not mailed, in addition to their state; else ""."""

    subscriber: Subscriber
    address: str
    suppressed: str


def counts(connection: Connection, now: int) -> ListCounts:
    """The totals of the list: every state, and the reasons that occur."""
    columns = SUBSCRIBERS.c
    by_state = select(columns.state, func.count()).group_by(columns.state)
    found = {state: number for state, number in connection.execute(by_state)}  # noqa: C416 - rows, not pairs
    by_reason = select(SUPPRESSIONS.c.reason, func.count()).group_by(SUPPRESSIONS.c.reason)
    reasons = {reason: number for reason, number in connection.execute(by_reason.order_by(SUPPRESSIONS.c.reason))}  # noqa: C416
    suppressed = select(SUPPRESSIONS.c.hash).where(SUPPRESSIONS.c.hash == columns.hash).exists()
    mailed = select(func.count()).where(columns.state == Membership.CONFIRMED, columns.paused_until <= now, ~suppressed)
    states = {state.value: found.get(state, 0) for state in Membership}
    return ListCounts(connection.execute(mailed).scalar_one(), states, reasons)


def add(
    connection: Connection, secret: Secret, address: str, source: str, now: int, *, is_confirmed: bool
) -> Subscriber:
    """Add a reader, pending or confirmed, without sending mail, and return them.

    Undoes `remove`. Raises InvalidAddressError, or BriefingError if the reader unsubscribed.
    """
    mailbox = parse_address(address)
    address_hash = secret.address_hash(mailbox.key)
    reason = membership.suppression(connection, address_hash)
    if reason == membership.REMOVED:
        membership.undo_removal(connection, address_hash)
        reason = ""
    known = membership.by_address(connection, secret, mailbox)
    if reason or (known and known.state in GONE):
        why = reason or (known.state.value if known else "")
        msg = f"this reader was not added: {why}; only the reader can come back, by subscribing"
        raise BriefingError(msg)
    reader = known or membership.join(connection, secret, mailbox, source, now)
    if reader is None:
        msg = "this reader was removed at the same time; try again"
        raise BriefingError(msg)
    if is_confirmed and reader.state is Membership.PENDING:
        new = {"state": Membership.CONFIRMED, "state_at": now, "consented_at": now, "source": source, "paused_until": 0}
        connection.execute(update(SUBSCRIBERS).where(SUBSCRIBERS.c.id == reader.id).values(new))
    return membership.by_reader(connection, reader.reader) or reader


def remove(connection: Connection, secret: Secret, named: str, now: int) -> bool:
    """Remove a reader for good; `add` undoes it. Return whether they were on the list."""
    known = _named(connection, secret, named)
    if known is None and is_reader_id(named):
        return False
    membership.remove(connection, known.hash if known else secret.address_hash(parse_address(named).key), now)
    return known is not None


def show(connection: Connection, secret: Secret, named: str) -> ReaderDetails | str:
    """A reader; for a mailbox that is only suppressed, the reason; "" if nothing is known."""
    known = _named(connection, secret, named)
    if known is None:
        return (
            ""
            if is_reader_id(named)
            else membership.suppression(connection, secret.address_hash(parse_address(named).key))
        )
    reason = membership.suppression(connection, known.hash)
    return ReaderDetails(known, mask_address(known.address), "" if reason == known.state else reason)


def forget(connection: Connection, secret: Secret, address: str, now: int) -> bool:
    """Erase everything about an address, except a keyed hash that suppresses it. Return whether anything was known."""
    return membership.erase(connection, secret.address_hash(parse_address(address).key), now)


def _named(connection: Connection, secret: Secret, named: str) -> Subscriber | None:
    if is_reader_id(named):
        return membership.by_reader(connection, named)
    return membership.by_address(connection, secret, parse_address(named))
