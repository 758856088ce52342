"""Claims that survive a power failure, without waiting for the disk at each.

SQLite waits for the disk at every commit if it is to survive a power failure, and so would every message. A sender
says durably up to which subscriber it may claim next, many at a time, and then claims hastily: what it commits so
survives its own death, and only the machine's takes some of it back. Whatever is still pending up to there on another
boot of a machine may have been sent, and is in doubt.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select, update

from briefing.delivery.store.tables import DELIVERIES, IS_OPEN, SENDERS, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

BLOCK: Final = 1000  # deliveries: as many may be in doubt after a power failure
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


def boot() -> str:
    """What is the same until this machine starts anew; "" where it cannot be told."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def reserve(connection: Connection, campaign: int, sender: int) -> int:
    """Say up to which subscriber this sender may claim; to be committed durably before it does."""
    pending = DELIVERIES.c.campaign == campaign, IS_OPEN, DELIVERIES.c.state == DeliveryState.PENDING.value
    # As they are claimed: by `due`, which is 0 for all that are pending, then by subscriber.
    query = select(DELIVERIES.c.subscriber).where(*pending).order_by(DELIVERIES.c.due, DELIVERIES.c.subscriber)
    block = query.limit(BLOCK).subquery()
    upto: int = connection.execute(select(func.max(block.c.subscriber))).scalar() or 0
    connection.execute(update(SENDERS).where(SENDERS.c.id == sender).values(upto=upto))
    return upto


def forgotten(connection: Connection, campaign: int, dead: Collection[int]) -> int:
    """Put in doubt what dead senders may have claimed before a power failure took the traces. How many deliveries."""
    query = select(func.max(SENDERS.c.upto)).where(SENDERS.c.id.in_(dead), SENDERS.c.boot != boot())
    upto = connection.execute(query).scalar() or 0
    if not upto:
        return 0
    lost = update(DELIVERIES).where(
        DELIVERIES.c.campaign == campaign,
        IS_OPEN,
        DELIVERIES.c.state == DeliveryState.PENDING.value,
        DELIVERIES.c.subscriber <= upto,
    )
    return connection.execute(lost.values(state=DeliveryState.UNKNOWN.value)).rowcount
