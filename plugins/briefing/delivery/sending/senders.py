"""Senders: the runs of `send` that work on a campaign. A lock that ends with its process tells which of them are alive.

On SQLite one sender works on a campaign at a time, and the lock is on a file. On PostgreSQL any number do, and each
holds an advisory lock of its session (https://www.postgresql.org/docs/current/explicit-locking.html, "Advisory Locks").
"""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, insert, select, update

from briefing.delivery.sending.claim_window import boot, mark_unknown
from briefing.delivery.store.tables import DELIVERIES, IS_OPEN, SENDERS, DeliveryState
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from briefing.delivery.sending.campaign import Campaign
    from briefing.delivery.store.database import Database

_LOCK: Final = 7202  # the first half of the advisory locks; the second is the sender's number


@contextmanager
def registered_sender(database: Database, connection: Connection, campaign: Campaign, now: int) -> Iterator[int]:
    """Register as a sender of the campaign: a number, locked until the end of the block or of the process.

    Raises BriefingError if another sender works on it and the database is SQLite.
    """
    with _locked_file(database, campaign):
        with database.transaction(connection):
            row = {"campaign": campaign.id, "started_at": now, "boot": boot()}
            number: int = connection.execute(insert(SENDERS).values(row).returning(SENDERS.c.id)).scalar_one()
            if database.is_shared:
                connection.execute(select(func.pg_advisory_lock(_LOCK, number)))
        yield number
        # After an error the row stays: what was in flight then is uncertain, and the next sender finds it.
        with database.transaction(connection):
            connection.execute(delete(SENDERS).where(SENDERS.c.id == number))
            if database.is_shared:
                connection.execute(select(func.pg_advisory_unlock(_LOCK, number)))


def lock_again(database: Database, connection: Connection, sender: int) -> None:
    """Take the lock again after the session broke; other senders may have marked unknown what was in flight."""
    with database.transaction(connection):
        connection.execute(select(func.pg_advisory_lock(_LOCK, sender)))


def reap_dead_senders(database: Database, connection: Connection, campaign: int, sender: int) -> int:
    """Mark what dead senders had in flight as unknown, and delete those senders. Return the number of deliveries."""
    inflight = DELIVERIES.c.campaign == campaign, IS_OPEN, DELIVERIES.c.state == DeliveryState.INFLIGHT.value
    with database.transaction(connection):
        known = {*connection.execute(select(SENDERS.c.id).where(SENDERS.c.campaign == campaign)).scalars()}
        known |= {*connection.execute(select(DELIVERIES.c.sender).where(*inflight).distinct()).scalars()}
        dead = [number for number in sorted(known - {sender}) if _is_dead(database, connection, number)]
        if not dead:
            return 0
        # The delivery keeps the sender's number: if that sender is alive after all, its outcome still counts.
        theirs = update(DELIVERIES).where(*inflight, DELIVERIES.c.sender.in_(dead))
        uncertain = connection.execute(theirs.values(state=DeliveryState.UNKNOWN.value)).rowcount
        uncertain += mark_unknown(connection, campaign, dead)
        connection.execute(delete(SENDERS).where(SENDERS.c.id.in_(dead)))
        return uncertain


def is_alone(database: Database, connection: Connection, campaign: int, sender: int) -> bool:
    """Whether no other living sender works on the campaign. To be called after `reap_dead_senders`."""
    others = select(SENDERS.c.id).where(SENDERS.c.campaign == campaign, SENDERS.c.id != sender)
    with database.transaction(connection):
        return connection.execute(others).first() is None


def _is_dead(database: Database, connection: Connection, number: int) -> bool:
    if not database.is_shared:
        return True  # only one sender can hold the file's lock
    return bool(connection.execute(select(func.pg_try_advisory_xact_lock(_LOCK, number))).scalar())


@contextmanager
def _locked_file(database: Database, campaign: Campaign) -> Iterator[None]:
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
            msg = f"another `send` is sending {campaign.issue}; wait for it, or stop it and run this again"
            raise BriefingError(msg) from error
        yield
