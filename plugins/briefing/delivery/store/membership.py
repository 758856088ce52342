"""Changes to a subscriber: subscribe, confirm, unsubscribe, suppress, erase. Each is part of the caller's transaction.

Readers who unsubscribe, bounce or complain are also suppressed by the hash of their address, so that a later import cannot
add them again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select, update

from briefing.delivery.store.inserts import insert_new
from briefing.delivery.store.notification_queue import drop_notifications, queue_address_changed
from briefing.delivery.store.tables import (
    ADDRESS_CHANGES,
    CONFIRMATIONS,
    NOTIFICATIONS,
    SUBSCRIBERS,
    SUPPRESSIONS,
    Membership,
)
from briefing.delivery.store.tokens import new_reader_id

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from briefing.delivery.store.email_addresses import EmailAddress
    from briefing.delivery.store.secret import Secret

REMOVED: Final = "removed"
ERASED: Final = "erased"
GONE: Final = frozenset({Membership.UNSUBSCRIBED, Membership.BOUNCED, Membership.COMPLAINED})
"""States of readers who were on the list and are no longer on it."""
REASONS: Final = frozenset({REMOVED, ERASED, *(state.value for state in GONE)})
"""Why an address may be suppressed."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A row of the list. Times are in seconds since 1970, 0 for never."""

    id: int
    reader: str
    hash: str
    address: str
    domain: str
    name: str
    state: Membership
    state_at: int
    source: str
    text_version: str
    joined_at: int
    consented_at: int
    paused_until: int
    address_changed_at: int = 0

    @property
    def has_left(self) -> bool:
        """Whether they were on the list and no longer are."""
        return self.state in GONE


def by_reader(connection: Connection, reader: str) -> Subscriber | None:
    """Return the subscriber with an identifier, as in tokens."""
    return _one(connection, SUBSCRIBERS.c.reader == reader)


def by_address(connection: Connection, secret: Secret, mailbox: EmailAddress) -> Subscriber | None:
    """Return the subscriber with an address."""
    return _one(connection, SUBSCRIBERS.c.hash == secret.address_hash(mailbox.key))


def suppression(connection: Connection, address_hash: str) -> str:
    """Return why the address with a hash is suppressed; "" if it is not."""
    found = connection.execute(select(SUPPRESSIONS.c.reason).where(SUPPRESSIONS.c.hash == address_hash)).scalar()
    return found or ""


def join(connection: Connection, secret: Secret, mailbox: EmailAddress, source: str, now: int) -> Subscriber | None:
    """Return the subscriber with this address, created as pending if new; None if the publisher removed the address.

    Pending subscribers get no issues.
    """
    address_hash = secret.address_hash(mailbox.key)
    if suppression(connection, address_hash) == REMOVED:
        return None
    if known := _one(connection, SUBSCRIBERS.c.hash == address_hash):
        return known
    row = {
        "reader": new_reader_id(),
        "hash": address_hash,
        "address": mailbox.address,
        "domain": mailbox.domain,
        "state": Membership.PENDING,
        "state_at": now,
        "source": source,
        "joined_at": now,
    }
    insert_new(connection, SUBSCRIBERS, row)
    return _one(connection, SUBSCRIBERS.c.hash == address_hash)


def confirm(connection: Connection, reader: str, text_version: str, requested_at: int, now: int) -> bool:
    """Confirm a subscription, whatever the reader's state; return False if the link is not valid for a reader.

    A link that was requested before the reader last left, or in the same second, is not valid: leaving wins. If the reader had
    left, an earlier pause ends.
    """
    known = by_reader(connection, reader)
    if known is None or suppression(connection, known.hash) == REMOVED:
        return False
    if known.has_left and known.state_at >= requested_at:
        return False
    if known.state is not Membership.CONFIRMED:
        connection.execute(delete(SUPPRESSIONS).where(SUPPRESSIONS.c.hash == known.hash))
        new = {"state": Membership.CONFIRMED, "state_at": now, "paused_until": 0}
        consent = {"consented_at": now, "text_version": text_version}
        connection.execute(update(SUBSCRIBERS).where(SUBSCRIBERS.c.id == known.id).values(new | consent))
    return True


def end_subscription(connection: Connection, reader: str, why: Membership, now: int) -> bool:
    """Take a reader off the list and suppress the address; return False if there is no such reader. Idempotent."""
    known = by_reader(connection, reader)
    if known is None:
        return False
    suppress(connection, known.hash, why, now)
    if known.state not in {why, Membership.COMPLAINED}:
        new = {"state": why, "state_at": now, "paused_until": 0}
        connection.execute(update(SUBSCRIBERS).where(SUBSCRIBERS.c.id == known.id).values(new))
    return True


def pause(connection: Connection, reader: str, until: int) -> bool:
    """Send a confirmed reader no issues before a time (0: resume now); return False if there is no such reader."""
    known = by_reader(connection, reader)
    if known is None or known.state is not Membership.CONFIRMED:
        return False
    connection.execute(update(SUBSCRIBERS).where(SUBSCRIBERS.c.id == known.id).values(paused_until=until))
    return True


def can_change_address(connection: Connection, secret: Secret, reader: str, mailbox: EmailAddress) -> bool:
    """Return whether a confirmed reader can change to an address: no other reader has it, and it is not suppressed."""
    known = by_reader(connection, reader)
    if known is None or known.state is not Membership.CONFIRMED:
        return False
    address_hash = secret.address_hash(mailbox.key)
    if suppression(connection, known.hash):
        return False  # a removed reader must not come back with another address
    is_taken = address_hash != known.hash and _one(connection, SUBSCRIBERS.c.hash == address_hash) is not None
    return not is_taken and not suppression(connection, address_hash)


def change_address(connection: Connection, secret: Secret, reader: str, mailbox: EmailAddress, now: int) -> bool:
    """Change a reader's address; their links stay valid. Return False if `can_change_address` does.

    The old address is notified, because anyone who has one of the reader's digests can request a change.
    """
    known = by_reader(connection, reader)
    if known is None or not can_change_address(connection, secret, reader, mailbox):
        return False
    address_hash = secret.address_hash(mailbox.key)
    if address_hash != known.hash:
        queue_address_changed(connection, reader, known.address, known.hash, now)
    new = {"hash": address_hash, "address": mailbox.address, "domain": mailbox.domain, "address_changed_at": now}
    connection.execute(update(SUBSCRIBERS).where(SUBSCRIBERS.c.reader == reader).values(new))
    return True


def suppress(connection: Connection, address_hash: str, reason: str, now: int) -> None:
    """Suppress the address with a hash. Only a removal or an erasure replaces an earlier reason."""
    if not suppression(connection, address_hash):
        insert_new(connection, SUPPRESSIONS, {"hash": address_hash, "reason": reason, "at": now})
    elif reason in {REMOVED, ERASED}:
        connection.execute(
            update(SUPPRESSIONS).where(SUPPRESSIONS.c.hash == address_hash).values(reason=reason, at=now)
        )


def remove(connection: Connection, address_hash: str, now: int) -> None:
    """Suppress the address with a hash at the publisher's request. The reader's state and record stay."""
    known = _one(connection, SUBSCRIBERS.c.hash == address_hash)
    if known is not None:
        _drop_notifications(connection, known.reader)
    suppress(connection, address_hash, REMOVED, now)


def undo_removal(connection: Connection, address_hash: str) -> None:
    """Undo `remove`. A reader who had left before remains suppressed for that reason."""
    known = _one(connection, SUBSCRIBERS.c.hash == address_hash)
    connection.execute(
        delete(SUPPRESSIONS).where(SUPPRESSIONS.c.hash == address_hash, SUPPRESSIONS.c.reason == REMOVED)
    )
    if known is not None and known.has_left:
        suppress(connection, address_hash, known.state, known.state_at)


def erase(connection: Connection, address_hash: str, now: int) -> bool:
    """Delete everything about the address with a hash except its suppression; return False if it was unknown.

    A running campaign marks the reader's delivery as `suppressed`.
    """
    known = _one(connection, SUBSCRIBERS.c.hash == address_hash)
    if known is not None:
        _drop_notifications(connection, known.reader)
        connection.execute(delete(SUBSCRIBERS).where(SUBSCRIBERS.c.id == known.id))
    for table in (CONFIRMATIONS, ADDRESS_CHANGES, NOTIFICATIONS):
        connection.execute(delete(table).where(table.c.hash == address_hash))
    suppress(connection, address_hash, ERASED, now)
    return known is not None


def _drop_notifications(connection: Connection, reader: str) -> None:
    connection.execute(delete(ADDRESS_CHANGES).where(ADDRESS_CHANGES.c.reader == reader))
    drop_notifications(connection, NOTIFICATIONS.c.reader == reader)


def _one(connection: Connection, condition: ColumnElement[bool]) -> Subscriber | None:
    row = connection.execute(select(SUBSCRIBERS).where(condition)).one_or_none()
    if row is None:
        return None
    values = row._asdict()
    return Subscriber(**{**values, "state": Membership(values["state"])})
