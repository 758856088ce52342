"""The operations of readers. Each is one transaction that changes the list and queues a notification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select

from briefing.delivery.store import membership
from briefing.delivery.store.email_addresses import parse_address
from briefing.delivery.store.inserts import insert_new
from briefing.delivery.store.notification_queue import (
    CAP_SECONDS,
    LIFETIME,
    NotificationKind,
    count_notification,
    queue_notification,
)
from briefing.delivery.store.tables import ADDRESS_CHANGES, CONFIRMATIONS, Membership

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from briefing.delivery.store.database import Database
    from briefing.delivery.store.email_addresses import EmailAddress
    from briefing.delivery.store.membership import Subscriber

CAP: Final = 3
"""The maximum of confirmations that one mailbox gets within `CAP_SECONDS`."""
SOURCE: Final = "form"
"""The source in the consent record of readers who subscribe here."""


@dataclass(frozen=True, slots=True)
class Operations:
    """The operations on one list. text_version: the text that readers agree to, see `NotificationText`."""

    database: Database
    text_version: str

    def subscriber(self, reader: str) -> Subscriber | None:
        """The reader's current state."""
        with self.database.reading() as connection:
            return membership.by_reader(connection, reader)

    def request_subscription(self, mailbox: EmailAddress, now: int) -> None:
        """Queue a confirmation, whether the mailbox is known or not; none above the cap, or if the publisher removed it."""
        with self.database.writing() as connection:
            if not self._is_below_cap(connection, mailbox, now):
                return
            known = membership.join(connection, self.database.secret, mailbox, SOURCE, now)
            if known:
                # A reader who unsubscribed in this second needs a link with a later time (`membership.confirm`).
                at = max(now, known.state_at + 1) if known.has_left else now
                queue_notification(connection, NotificationKind.CONFIRM, known.reader, now, at)

    def confirm(self, reader: str, expires: int, now: int) -> bool:
        """Confirm a subscription by the link that expires then. A new subscriber gets a welcome. False if the link is void."""
        with self.database.writing() as connection:
            before = membership.by_reader(connection, reader)
            done = membership.confirm(connection, reader, self.text_version, expires - LIFETIME, now)
            if done and before and before.state is not Membership.CONFIRMED:
                queue_notification(connection, NotificationKind.WELCOME, reader, now)
            return done

    def unsubscribe(self, reader: str, now: int) -> bool:
        """End a subscription. False if there is no such reader."""
        with self.database.writing() as connection:
            return membership.end_subscription(connection, reader, Membership.UNSUBSCRIBED, now)

    def pause(self, reader: str, until: int) -> bool:
        """Send nothing until a time; 0 resumes. False if there is no such reader."""
        with self.database.writing() as connection:
            return membership.pause(connection, reader, until)

    def request_address_change(self, reader: str, mailbox: EmailAddress, now: int) -> None:
        """Queue a link to the new mailbox; nothing if the reader cannot change to it, or above the cap.

        Earlier links become void.
        """
        with self.database.writing() as connection:
            if not self._is_below_cap(connection, mailbox, now):
                return
            if not membership.can_change_address(connection, self.database.secret, reader, mailbox):
                return
            before = (
                connection.execute(select(ADDRESS_CHANGES.c.at).where(ADDRESS_CHANGES.c.reader == reader)).scalar() or 0
            )
            at = max(now, before + 1)  # the link names the second: no two may share one
            row = {"reader": reader, "hash": self._address_hash(mailbox), "address": mailbox.address, "at": at}
            connection.execute(delete(ADDRESS_CHANGES).where(ADDRESS_CHANGES.c.reader == reader))
            insert_new(connection, ADDRESS_CHANGES, row)
            queue_notification(connection, NotificationKind.CHANGE_ADDRESS, reader, now, at)

    def change_address(self, reader: str, expires: int, now: int) -> bool:
        """Change to the mailbox that the link, which expires then, confirms. False if that is not possible."""
        with self.database.writing() as connection:
            mine = (ADDRESS_CHANGES.c.reader == reader) & (ADDRESS_CHANGES.c.at == expires - LIFETIME)
            address = connection.execute(select(ADDRESS_CHANGES.c.address).where(mine)).scalar()
            if address is None:
                return False
            connection.execute(delete(ADDRESS_CHANGES).where(mine))
            return membership.change_address(connection, self.database.secret, reader, parse_address(address), now)

    def tidy(self, now: int) -> None:
        """Delete expired address changes and old counts of confirmations."""
        with self.database.writing() as connection:
            connection.execute(delete(ADDRESS_CHANGES).where(ADDRESS_CHANGES.c.at <= now - LIFETIME))
            connection.execute(delete(CONFIRMATIONS).where(CONFIRMATIONS.c.since <= now - CAP_SECONDS))

    def _address_hash(self, mailbox: EmailAddress) -> str:
        return self.database.secret.address_hash(mailbox.key)

    def _is_below_cap(self, connection: Connection, mailbox: EmailAddress, now: int) -> bool:
        return count_notification(connection, self._address_hash(mailbox), CAP, now)
