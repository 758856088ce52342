"""Applies a report to the list and the ledger, in the transaction that also marks it as processed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select, update

from briefing.delivery.inbox.reports import AsideReason, ReportKind
from briefing.delivery.inbox.status_codes import is_failure, kind_of
from briefing.delivery.store import membership
from briefing.delivery.store.email_addresses import parse_address
from briefing.delivery.store.inserts import insert_new
from briefing.delivery.store.notification_queue import NotificationKind, count_notification, queue_notification
from briefing.delivery.store.tables import CAMPAIGNS, DELIVERIES, EVENTS, SUBSCRIBERS, DeliveryState, Membership
from briefing.digest.identifiers import reader_message_id

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from briefing.delivery.inbox.reports import InboxItem, Report
    from briefing.delivery.store.membership import Subscriber
    from briefing.delivery.store.secret import Secret

SOFT_LIMIT: Final = 3
"""Soft bounces of consecutive issues after which a reader counts as bounced."""
_UNSETTLED: Final = (
    DeliveryState.PENDING,
    DeliveryState.INFLIGHT,
    DeliveryState.DEFERRED,
    DeliveryState.UNKNOWN,
)  # a report of delivery makes these `sent`
_ENDS: Final = {
    ReportKind.BOUNCED: Membership.BOUNCED,
    ReportKind.COMPLAINED: Membership.COMPLAINED,
    ReportKind.UNSUBSCRIBED: Membership.UNSUBSCRIBED,
}

AGAIN: Final = "again"
WAITING: Final = "waiting"
RESOLVED: Final = "resolved"
NOBODY: Final = "nobody"
OUTDATED: Final = "outdated"


class ReportProcessor:
    """Applies the reports of one run."""

    def __init__(self, secret: Secret, host: str, now: int) -> None:
        """`host`: the host of Message-IDs, which is the site's."""
        self._secret = secret
        self._host = host
        self._now = now
        self._uncertain: dict[str, tuple[str, int]] | None = None

    def apply(self, connection: Connection, item: InboxItem) -> Counter[str] | AsideReason:
        """Apply a report, and count it by its ReportKind. Return an AsideReason if it identifies no one; nothing changes then.

        Other counts: again: processed before. waiting: asked by mail recently. resolved: an uncertain delivery is settled. nobody:
        the reader was erased. outdated: the reader has confirmed again since, or the bounce is for an earlier address.
        """
        if connection.execute(select(EVENTS.c.id).where(EVENTS.c.id == item.event_id)).first():
            return Counter([AGAIN])
        done = self._apply_report(connection, item.report, min(max(item.at, 0), self._now))
        if not isinstance(done, AsideReason):
            insert_new(connection, EVENTS, {"id": item.event_id, "at": self._now})
        return done

    def _apply_report(self, connection: Connection, report: Report, at: int) -> Counter[str] | AsideReason:
        reader, campaign = report.reader, report.campaign
        if report.message_id and not reader:
            found = self._uncertain_deliveries(connection).get(report.message_id)
            if found is None:
                return AsideReason.NOT_IN_DOUBT
            reader, campaign = found
        if report.address and not reader:
            subscriber = membership.by_address(connection, self._secret, parse_address(report.address))
            if subscriber is None:
                return AsideReason.UNKNOWN_SENDER
        else:
            subscriber = membership.by_reader(connection, reader)
        if subscriber is None:
            return Counter([NOBODY])
        if report.kind is ReportKind.ASKED:
            return self._ask_by_mail(connection, subscriber, at)
        return self._apply_to_reader(connection, report, subscriber, campaign, at)

    def _ask_by_mail(self, connection: Connection, subscriber: Subscriber, at: int) -> Counter[str] | AsideReason:
        """Queue a mail that asks the reader, but not often, because anyone can cause it."""
        if subscriber.state is not Membership.CONFIRMED or membership.suppression(connection, subscriber.hash):
            return AsideReason.UNKNOWN_SENDER
        if subscriber.state_at > at:
            return Counter([OUTDATED])
        # Counted separately from confirmations, so that using up one limit does not affect the other.
        counted = self._secret.address_hash(f"leave {subscriber.reader}")
        if not count_notification(connection, counted, 1, self._now):
            return Counter([WAITING])
        queue_notification(connection, NotificationKind.UNSUBSCRIBE, subscriber.reader, self._now)
        return Counter([str(ReportKind.ASKED)])

    def _apply_to_reader(
        self, connection: Connection, report: Report, subscriber: Subscriber, campaign: int, at: int
    ) -> Counter[str]:
        done = Counter([str(report.kind)])
        before = _settle(connection, report, campaign, subscriber.id, self._now)
        if before.is_resolved:
            done[RESOLVED] += 1
        why = _ENDS.get(report.kind)
        if report.kind is ReportKind.SOFT and _always_soft_bounces(connection, campaign, subscriber):
            why = Membership.BOUNCED
            done[ReportKind.BOUNCED] += 1
        since = min(at, before.sent_at or at)
        if why and _is_outdated(why, subscriber, since):
            return Counter([OUTDATED])
        if why:
            membership.end_subscription(connection, subscriber.reader, why, at)
        return done

    def _uncertain_deliveries(self, connection: Connection) -> dict[str, tuple[str, int]]:
        """Reader and campaign of each uncertain delivery, by Message-ID. There are few."""
        if self._uncertain is None:
            columns = CAMPAIGNS.c.issue, CAMPAIGNS.c.id, SUBSCRIBERS.c.reader
            joined = DELIVERIES.join(CAMPAIGNS, CAMPAIGNS.c.id == DELIVERIES.c.campaign).join(
                SUBSCRIBERS, SUBSCRIBERS.c.id == DELIVERIES.c.subscriber
            )
            uncertain = DELIVERIES.c.state.in_([DeliveryState.UNKNOWN, DeliveryState.INFLIGHT])
            key = self._secret.key("message-id")
            self._uncertain = {
                reader_message_id(key, issue, reader, self._host).strip("<>").lower(): (reader, number)
                for issue, number, reader in connection.execute(select(*columns).select_from(joined).where(uncertain))
            }
        return self._uncertain


@dataclass(frozen=True, slots=True)
class _Before:
    """A delivery before the report. sent_at: when it was handed over, 0 if unknown."""

    is_resolved: bool = False
    sent_at: int = 0


def _settle(connection: Connection, report: Report, campaign: int, subscriber: int, now: int) -> _Before:
    """Update the ledger. A sender that has the delivery in flight finds it settled and does not change it."""
    one = DELIVERIES.c.campaign == campaign, DELIVERIES.c.subscriber == subscriber
    columns = DELIVERIES.c.state, DELIVERIES.c.first_at, DELIVERIES.c.at
    row = connection.execute(select(*columns).where(*one).with_for_update()).one_or_none() if campaign else None
    if row is None:
        return _Before()
    state = DeliveryState(row.state)
    new = _state_after(report.kind, state)
    if new is not None:
        values = {"state": new.value, "status": report.status, "at": now, "due": 0, "sender": 0}
        connection.execute(update(DELIVERIES).where(*one).values(values))
    return _Before(state is DeliveryState.UNKNOWN and new is not None, row.first_at or row.at)


def _state_after(kind: ReportKind, state: DeliveryState) -> DeliveryState | None:
    """The new state of a delivery; None if the report changes nothing."""
    if kind is ReportKind.UNSUBSCRIBED or state in {DeliveryState.DEAD, DeliveryState.SUPPRESSED}:
        return None
    if kind in {ReportKind.BOUNCED, ReportKind.REFUSED}:
        return DeliveryState.DEAD
    return DeliveryState.SENT if state in _UNSETTLED or kind is ReportKind.SOFT else None


def _is_outdated(why: Membership, subscriber: Subscriber, since: int) -> bool:
    """Whether an event of that time no longer applies.

    A bounce concerns a mailbox, which may no longer be the reader's; if that is uncertain, it does not count against the new one.
    A reader's own request applies whatever their address.
    """
    if why is Membership.BOUNCED and subscriber.address_changed_at >= max(since, 1):
        return True
    return subscriber.state is Membership.CONFIRMED and subscriber.state_at > since


def _always_soft_bounces(connection: Connection, campaign: int, subscriber: Subscriber) -> bool:
    """Whether a reader's latest issues to this address, up to this one, were all soft bounces."""
    mine = (DELIVERIES.c.subscriber == subscriber.id) & (DELIVERIES.c.first_at > subscriber.address_changed_at)
    recent = select(CAMPAIGNS.c.id).where(CAMPAIGNS.c.id <= campaign).order_by(CAMPAIGNS.c.id.desc()).limit(50)
    numbers = connection.execute(recent).scalars().all()
    rows = connection.execute(
        select(DELIVERIES.c.status)
        .where(
            mine, DELIVERIES.c.campaign.in_(numbers), DELIVERIES.c.state.in_([DeliveryState.SENT, DeliveryState.DEAD])
        )
        .order_by(DELIVERIES.c.campaign.desc())
        .limit(SOFT_LIMIT)
    )
    statuses = rows.scalars().all()
    return len(statuses) == SOFT_LIMIT and all(is_failure(one) and kind_of(one) is ReportKind.SOFT for one in statuses)


def delete_old_events(connection: Connection, before: int) -> None:
    """Delete the marks of items processed before a time. None arrives again that late."""
    connection.execute(delete(EVENTS).where(EVENTS.c.at < before))
