"""Who is sending. A sender's lock tells the living from the dead: on one machine a file, on PostgreSQL its session.

On SQLite one sender at a time works on a campaign; on PostgreSQL any number (advisory locks of a session:
https://www.postgresql.org/docs/current/explicit-locking.html, "Advisory Locks").
"""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, insert, select, update

from briefing.delivery.sending.claim_window import boot, forgotten
from briefing.delivery.store.tables import DELIVERIES, IS_OPEN, SENDERS, DeliveryState
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from briefing.delivery.sending.campaign import Campaign
    from briefing.delivery.store.database import Database

_SENDING: Final = 7202  # the first half of the advisory locks; the second is the sender


@contextmanager
def sender(database: Database, connection: Connection, campaign: Campaign, now: int) -> Iterator[int]:
    """Be a sender of the campaign: a number of one's own, locked until the end of the block or of the process.

    Raises BriefingError where another one works on it and the database is this machine's own.
    """
    with _alone(database, campaign):
        with database.transaction(connection):
            row = {"campaign": campaign.id, "started_at": now, "boot": boot()}
            number: int = connection.execute(insert(SENDERS).values(row).returning(SENDERS.c.id)).scalar_one()
            if database.is_shared:
                connection.execute(select(func.pg_advisory_lock(_SENDING, number)))
        yield number
        # After an error the row stays: what was in hand then is in doubt, and the next sender finds it.
        with database.transaction(connection):
            connection.execute(delete(SENDERS).where(SENDERS.c.id == number))
            if database.is_shared:
                connection.execute(select(func.pg_advisory_unlock(_SENDING, number)))


def lock_again(database: Database, connection: Connection, myself: int) -> None:
    """Take the lock that a broken session has let go of; whoever looked meanwhile has put in doubt what was in hand."""
    with database.transaction(connection):
        connection.execute(select(func.pg_advisory_lock(_SENDING, myself)))


def bury(database: Database, connection: Connection, campaign: int, myself: int) -> int:
    """Find the senders that are dead: what they had in hand is `unknown` from now on. How many deliveries that are."""
    inflight = DELIVERIES.c.campaign == campaign, IS_OPEN, DELIVERIES.c.state == DeliveryState.INFLIGHT.value
    with database.transaction(connection):
        known = {*connection.execute(select(SENDERS.c.id).where(SENDERS.c.campaign == campaign)).scalars()}
        known |= {*connection.execute(select(DELIVERIES.c.sender).where(*inflight).distinct()).scalars()}
        dead = [number for number in sorted(known - {myself}) if _is_dead(database, connection, number)]
        if not dead:
            return 0
        # Their number stays beside a delivery in doubt: should one of them live on, its answer still counts.
        lost = update(DELIVERIES).where(*inflight, DELIVERIES.c.sender.in_(dead))
        doubtful = connection.execute(lost.values(state=DeliveryState.UNKNOWN.value)).rowcount
        doubtful += forgotten(connection, campaign, dead)
        connection.execute(delete(SENDERS).where(SENDERS.c.id.in_(dead)))
        return doubtful


def is_alone(database: Database, connection: Connection, campaign: int, myself: int) -> bool:
    """Whether no other living sender works on the campaign; to be asked after `bury`."""
    others = select(SENDERS.c.id).where(SENDERS.c.campaign == campaign, SENDERS.c.id != myself)
    with database.transaction(connection):
        return connection.execute(others).first() is None


def _is_dead(database: Database, connection: Connection, number: int) -> bool:
    if not database.is_shared:
        return True  # whoever holds the file's lock is alone
    return bool(connection.execute(select(func.pg_try_advisory_xact_lock(_SENDING, number))).scalar())


@contextmanager
def _alone(database: Database, campaign: Campaign) -> Iterator[None]:
    if not database.file:
        yield
        return
    file: Path = database.file.with_name(f"send-{campaign.id}.lock")
    try:
        file.touch(mode=0o600)
        lock = file.open("w")
    except OSError as error:
        msg = f"cannot lock {file}: {error.strerror}; make the folder yours, then run this again"
        raise BriefingError(msg) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            msg = f"another send works on {campaign.issue}; wait for it, or stop it and run this again"
            raise BriefingError(msg) from error
        yield
