"""What happens to one subscriber: joining, confirming, leaving, being forgotten. Each change is one transaction's part.

Whoever leaves, bounces or complains is suppressed too, by the hash of the mailbox, so that no later import mails them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select, update

from briefing.delivery.store.database import insert_new
from briefing.delivery.store.notification_queue import drop_letters, queue_farewell
from briefing.delivery.store.tables import CONFIRMATIONS, LETTERS, MOVES, SUBSCRIBERS, SUPPRESSIONS, Membership
from briefing.delivery.store.tokens import new_reader

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from briefing.delivery.store.email_addresses import EmailAddress
    from briefing.delivery.store.secret import Secret

REMOVED: Final = "removed"
ERASED: Final = "erased"
GONE: Final = frozenset({Membership.UNSUBSCRIBED, Membership.BOUNCED, Membership.COMPLAINED})
"""The states of those who were on the list and have left it."""
REASONS: Final = frozenset({REMOVED, ERASED, *(state.value for state in GONE)})
"""Why an address may be suppressed."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A row of the list; times in seconds since 1970, 0 for never."""

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
    moved_at: int = 0

    @property
    def has_left(self) -> bool:
        """Whether they were on the list and are no more."""
        return self.state in GONE


def by_reader(connection: Connection, reader: str) -> Subscriber | None:
    """The subscriber whom a token names."""
    return _one(connection, SUBSCRIBERS.c.reader == reader)


def by_mailbox(connection: Connection, secret: Secret, mailbox: EmailAddress) -> Subscriber | None:
    """The subscriber with a mailbox."""
    return _one(connection, SUBSCRIBERS.c.hash == secret.hidden(mailbox.key))


def suppression(connection: Connection, hidden: str) -> str:
    """Why a mailbox, given as its hash, must not be mailed; "" where it may be."""
    found = connection.execute(select(SUPPRESSIONS.c.reason).where(SUPPRESSIONS.c.hash == hidden)).scalar()
    return found or ""


def join(connection: Connection, secret: Secret, mailbox: EmailAddress, source: str, now: int) -> Subscriber | None:
    """Whoever has asked to be on the list, new as pending or as they are; None where the desk has removed them.

    Nobody is mailed an issue before `confirm`.
    """
    hidden = secret.hidden(mailbox.key)
    if suppression(connection, hidden) == REMOVED:
        return None
    if known := _one(connection, SUBSCRIBERS.c.hash == hidden):
        return known
    row = {
        "reader": new_reader(),
        "hash": hidden,
        "address": mailbox.address,
        "domain": mailbox.domain,
        "state": Membership.PENDING,
        "state_at": now,
        "source": source,
        "joined_at": now,
    }
    insert_new(connection, SUBSCRIBERS, row)
    return _one(connection, SUBSCRIBERS.c.hash == hidden)


def confirm(connection: Connection, reader: str, text_version: str, asked_at: int, now: int) -> bool:
    """Take the reader's own word for it: on the list from now on, whatever was before; False where nobody is meant.

    A link that was asked for before the reader last left, or in the same second, does nothing: leaving wins. Where a
    confirmed reader was asked again it renews the record. A pause from before the reader left is over.
    """
    known = by_reader(connection, reader)
    if known is None or suppression(connection, known.hash) == REMOVED:
        return False
    if known.has_left and known.state_at >= asked_at:
        return False
    if known.state is not Membership.CONFIRMED:
        connection.execute(delete(SUPPRESSIONS).where(SUPPRESSIONS.c.hash == known.hash))
        new = {"state": Membership.CONFIRMED, "state_at": now, "paused_until": 0}
        consent = {"consented_at": now, "text_version": text_version}
        connection.execute(update(SUBSCRIBERS).where(SUBSCRIBERS.c.id == known.id).values(new | consent))
    return True


def leave(connection: Connection, reader: str, why: Membership, now: int) -> bool:
    """Off the list, and suppressed; False where nobody is meant. Again and again is the same as once."""
    known = by_reader(connection, reader)
    if known is None:
        return False
    suppress(connection, known.hash, why, now)
    if known.state not in {why, Membership.COMPLAINED}:
        new = {"state": why, "state_at": now, "paused_until": 0}
        connection.execute(update(SUBSCRIBERS).where(SUBSCRIBERS.c.id == known.id).values(new))
    return True


def pause(connection: Connection, reader: str, until: int) -> bool:
    """Send a confirmed reader nothing before a time, at once again for 0; False where nobody confirmed is meant."""
    known = by_reader(connection, reader)
    if known is None or known.state is not Membership.CONFIRMED:
        return False
    connection.execute(update(SUBSCRIBERS).where(SUBSCRIBERS.c.id == known.id).values(paused_until=until))
    return True


def may_move(connection: Connection, secret: Secret, reader: str, mailbox: EmailAddress) -> bool:
    """Whether a confirmed reader may be reached at another mailbox: nobody else's here, and not suppressed."""
    known = by_reader(connection, reader)
    if known is None or known.state is not Membership.CONFIRMED:
        return False
    hidden = secret.hidden(mailbox.key)
    if suppression(connection, known.hash):
        return False  # what the desk removed does not come back under another name
    is_taken = hidden != known.hash and _one(connection, SUBSCRIBERS.c.hash == hidden) is not None
    return not is_taken and not suppression(connection, hidden)


def move(connection: Connection, secret: Secret, reader: str, mailbox: EmailAddress, now: int) -> bool:
    """Reach a reader at another mailbox from now on, under the same links; False as `may_move`.

    The mailbox before is told: whoever has one of the reader's digests has the link by which this can be asked for.
    """
    known = by_reader(connection, reader)
    if known is None or not may_move(connection, secret, reader, mailbox):
        return False
    hidden = secret.hidden(mailbox.key)
    if hidden != known.hash:
        queue_farewell(connection, reader, known.address, known.hash, now)
    new = {"hash": hidden, "address": mailbox.address, "domain": mailbox.domain, "moved_at": now}
    connection.execute(update(SUBSCRIBERS).where(SUBSCRIBERS.c.reader == reader).values(new))
    return True


def suppress(connection: Connection, hidden: str, reason: str, now: int) -> None:
    """Let a mailbox, given as its hash, never be mailed. A first reason stays, but for the desk's and an erasure."""
    if not suppression(connection, hidden):
        insert_new(connection, SUPPRESSIONS, {"hash": hidden, "reason": reason, "at": now})
    elif reason in {REMOVED, ERASED}:
        connection.execute(update(SUPPRESSIONS).where(SUPPRESSIONS.c.hash == hidden).values(reason=reason, at=now))


def remove(connection: Connection, hidden: str, now: int) -> None:
    """Never mail a mailbox, given as its hash, by the desk's decision. Its reader's state and record stay."""
    known = _one(connection, SUBSCRIBERS.c.hash == hidden)
    if known is not None:
        _drop_mails(connection, known.reader)
    suppress(connection, hidden, REMOVED, now)


def readmit(connection: Connection, hidden: str) -> None:
    """Take back what `remove` did; a reader who had left before stays away, and is suppressed for that."""
    known = _one(connection, SUBSCRIBERS.c.hash == hidden)
    connection.execute(delete(SUPPRESSIONS).where(SUPPRESSIONS.c.hash == hidden, SUPPRESSIONS.c.reason == REMOVED))
    if known is not None and known.has_left:
        suppress(connection, hidden, known.state, known.state_at)


def erase(connection: Connection, hidden: str, now: int) -> bool:
    """Forget everything about a mailbox, given as its hash, but that it must not be mailed; False if it was unknown.

    In a campaign that runs its delivery becomes `suppressed` when its turn comes.
    """
    known = _one(connection, SUBSCRIBERS.c.hash == hidden)
    if known is not None:
        _drop_mails(connection, known.reader)
        connection.execute(delete(SUBSCRIBERS).where(SUBSCRIBERS.c.id == known.id))
    for table in (CONFIRMATIONS, MOVES, LETTERS):
        connection.execute(delete(table).where(table.c.hash == hidden))
    suppress(connection, hidden, ERASED, now)
    return known is not None


def _drop_mails(connection: Connection, reader: str) -> None:
    connection.execute(delete(MOVES).where(MOVES.c.reader == reader))
    drop_letters(connection, LETTERS.c.reader == reader)


def _one(connection: Connection, condition: ColumnElement[bool]) -> Subscriber | None:
    row = connection.execute(select(SUBSCRIBERS).where(condition)).one_or_none()
    if row is None:
        return None
    values = row._asdict()
    return Subscriber(**{**values, "state": Membership(values["state"])})
