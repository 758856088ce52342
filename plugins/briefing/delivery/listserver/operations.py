"""What a reader does, each one transaction: the list is changed and a letter queued together, or neither."""

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
"""Mails with a link to confirm that one mailbox gets within `CAP_SECONDS`, whoever asks for them."""
SOURCE: Final = "form"
"""What the consent's record says of a reader who joined here."""


@dataclass(frozen=True, slots=True)
class Operations:
    """Changes of one list. text_version: names the text that readers agree to, see `LetterText`."""

    database: Database
    text_version: str

    def look(self, reader: str) -> Subscriber | None:
        """A reader as they are."""
        with self.database.reading() as connection:
            return membership.by_reader(connection, reader)

    def ask(self, mailbox: EmailAddress, now: int) -> None:
        """Queue a mail to confirm, whether the mailbox is known or not; none above the cap, nor if the desk removed it."""
        with self.database.writing() as connection:
            if not self._may_write(connection, mailbox, now):
                return
            known = membership.join(connection, self.database.secret, mailbox, SOURCE, now)
            if known:
                # Who left in this very second asks after it: their link must name a later one (`membership.confirm`).
                at = max(now, known.state_at + 1) if known.has_left else now
                queue_notification(connection, NotificationKind.CONFIRM, known.reader, now, at)

    def confirm(self, reader: str, expires: int, now: int) -> bool:
        """Take a reader onto the list by the link that expires then; a welcome is queued where they were not on it."""
        with self.database.writing() as connection:
            before = membership.by_reader(connection, reader)
            done = membership.confirm(connection, reader, self.text_version, expires - LIFETIME, now)
            if done and before and before.state is not Membership.CONFIRMED:
                queue_notification(connection, NotificationKind.WELCOME, reader, now)
            return done

    def leave(self, reader: str, now: int) -> bool:
        """Take a reader off the list; False where nobody is meant."""
        with self.database.writing() as connection:
            return membership.end_subscription(connection, reader, Membership.UNSUBSCRIBED, now)

    def pause(self, reader: str, until: int) -> bool:
        """Send nothing before a time, at once again for 0."""
        with self.database.writing() as connection:
            return membership.pause(connection, reader, until)

    def ask_move(self, reader: str, mailbox: EmailAddress, now: int) -> None:
        """Queue a mail to another mailbox that the reader may be reached at; nothing if not, and none above the cap.

        The link in a mail before this one is void then.
        """
        with self.database.writing() as connection:
            if not self._may_write(connection, mailbox, now):
                return
            if not membership.can_change_address(connection, self.database.secret, reader, mailbox):
                return
            before = (
                connection.execute(select(ADDRESS_CHANGES.c.at).where(ADDRESS_CHANGES.c.reader == reader)).scalar() or 0
            )
            at = max(now, before + 1)  # the link names the second: no two may share one
            row = {"reader": reader, "hash": self._hidden(mailbox), "address": mailbox.address, "at": at}
            connection.execute(delete(ADDRESS_CHANGES).where(ADDRESS_CHANGES.c.reader == reader))
            insert_new(connection, ADDRESS_CHANGES, row)
            queue_notification(connection, NotificationKind.CHANGE_ADDRESS, reader, now, at)

    def move(self, reader: str, expires: int, now: int) -> bool:
        """Reach a reader at the mailbox that the link confirms, which expires then; False where it may not be."""
        with self.database.writing() as connection:
            mine = (ADDRESS_CHANGES.c.reader == reader) & (ADDRESS_CHANGES.c.at == expires - LIFETIME)
            address = connection.execute(select(ADDRESS_CHANGES.c.address).where(mine)).scalar()
            if address is None:
                return False
            connection.execute(delete(ADDRESS_CHANGES).where(mine))
            return membership.change_address(connection, self.database.secret, reader, parse_address(address), now)

    def tidy(self, now: int) -> None:
        """Forget what no longer matters: addresses that were never moved to, and counts of mails of weeks ago."""
        with self.database.writing() as connection:
            connection.execute(delete(ADDRESS_CHANGES).where(ADDRESS_CHANGES.c.at <= now - LIFETIME))
            connection.execute(delete(CONFIRMATIONS).where(CONFIRMATIONS.c.since <= now - CAP_SECONDS))

    def _hidden(self, mailbox: EmailAddress) -> str:
        return self.database.secret.address_hash(mailbox.key)

    def _may_write(self, connection: Connection, mailbox: EmailAddress, now: int) -> bool:
        return count_notification(connection, self._hidden(mailbox), CAP, now)
