"""The claim window: claims that survive a power failure, without waiting for the disk at each one.

SQLite waits for the disk at every commit that must survive a power failure, which costs more than sending a message. So
a sender commits durably, once per 1,000 deliveries, up to which subscriber it may claim. Claims within this window
are then committed without waiting: they survive the end of the process, but not of the machine. If the machine has
restarted since, every delivery in the window of a dead sender that is still pending may have been sent: it becomes
`unknown`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select, update

from briefing.delivery.store.tables import DELIVERIES, IS_OPEN, SENDERS, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

SIZE: Final = 1000  # deliveries; as many may be uncertain after a power failure
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


def boot() -> str:
    """An identifier of the time since this machine started; "" if the system has none."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


class ClaimWindow:
    """The window of one sender. upto: the highest subscriber in it, 0 for none."""

    def __init__(self, campaign: int, sender: int, *, is_supported: bool) -> None:
        """Closed until it is extended; for good if it is not supported."""
        self.upto = 0
        self.is_open = False
        self._campaign = campaign
        self._sender = sender
        self._is_supported = is_supported

    def extend(self, connection: Connection) -> None:
        """Open the window for the next deliveries, within a transaction that waits for the disk."""
        if self.is_open or not self._is_supported:
            return
        pending = DELIVERIES.c.campaign == self._campaign, IS_OPEN, DELIVERIES.c.state == DeliveryState.PENDING.value
        # In the order in which they are claimed: by `due`, which is 0 for all pending ones, then by subscriber.
        query = select(DELIVERIES.c.subscriber).where(*pending).order_by(DELIVERIES.c.due, DELIVERIES.c.subscriber)
        following = query.limit(SIZE).subquery()
        self.upto = connection.execute(select(func.max(following.c.subscriber))).scalar() or 0
        connection.execute(update(SENDERS).where(SENDERS.c.id == self._sender).values(upto=self.upto))
        self.is_open = self.upto > 0

    def close(self) -> None:
        """Let the next transaction wait for the disk and extend the window: nothing is left in it."""
        self.is_open = False


def mark_unknown(connection: Connection, campaign: int, dead: Collection[int]) -> int:
    """Mark the pending deliveries in the windows of dead senders, if the machine has restarted since. Return their number."""
    query = select(func.max(SENDERS.c.upto)).where(SENDERS.c.id.in_(dead), SENDERS.c.boot != boot())
    upto = connection.execute(query).scalar() or 0
    if not upto:
        return 0
    uncertain = update(DELIVERIES).where(
        DELIVERIES.c.campaign == campaign,
        IS_OPEN,
        DELIVERIES.c.state == DeliveryState.PENDING.value,
        DELIVERIES.c.subscriber <= upto,
    )
    return connection.execute(uncertain.values(state=DeliveryState.UNKNOWN.value)).rowcount
