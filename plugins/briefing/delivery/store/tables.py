"""The tables, the same on every database. Times are whole seconds since 1970 in UTC; states are words.

The ids of rows that others refer to are never reused, even after the row is deleted (`sqlite_autoincrement`). Addresses are
stored in `subscribers`, in `address_changes` until the change is confirmed, in `notifications` until the old address has been
notified, and nowhere else.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, MetaData, Table, Text, text

VERSION: Final = 1
METADATA: Final = MetaData()


class Membership(StrEnum):
    """A subscriber's state. Only confirmed subscribers who are neither paused nor suppressed get issues."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class DeliveryState(StrEnum):
    """A delivery's state.

    pending: to be sent. inflight: handed to a transport, without an answer yet. deferred: rejected for now, or rate-limited,
    until `due`. The other four are final: sent, dead (rejected permanently), suppressed (the reader must not be mailed),
    unknown (handed to a transport that never confirmed or rejected it).
    """

    PENDING = "pending"
    INFLIGHT = "inflight"
    SENT = "sent"
    DEFERRED = "deferred"
    DEAD = "dead"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"


class Keeps(StrEnum):
    """What a transport leaves unchanged.

    bytes: the message arrives as it was handed over. content: the service writes its own headers and signature.
    """

    BYTES = "bytes"
    CONTENT = "content"


FINAL: Final = (DeliveryState.SENT, DeliveryState.DEAD, DeliveryState.SUPPRESSED, DeliveryState.UNKNOWN)

# About the database itself: `version`, `secret_fingerprint`, an unfinished import, and how far mbox files were read.
META = Table("meta", METADATA, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

# reader: the identifier in tokens. hash: `Secret.address_hash`, by which the address is looked up and suppressed.
# state_at: when the state began. joined_at, source, text_version, consented_at: the record of consent. text_version: of the
# text that the reader agreed to. consented_at: 0 without consent, or if its date is unknown. paused_until: 0 if not paused.
# address_changed_at: 0 if never.
SUBSCRIBERS = Table(
    "subscribers",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("reader", Text, nullable=False, unique=True),
    Column("hash", Text, nullable=False, unique=True),
    Column("address", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False),
    Column("state_at", BigInteger, nullable=False),
    Column("source", Text, nullable=False, server_default=""),
    Column("text_version", Text, nullable=False, server_default=""),
    Column("joined_at", BigInteger, nullable=False),
    Column("consented_at", BigInteger, nullable=False, server_default="0"),
    Column("paused_until", BigInteger, nullable=False, server_default="0"),
    Column("address_changed_at", BigInteger, nullable=False, server_default="0"),
    sqlite_autoincrement=True,
)

# reason: unsubscribed, bounced, complained, erased or removed (by the publisher).
SUPPRESSIONS = Table(
    "suppressions",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# How many confirmation emails an address got, and since when: this limits them. hash: also of other things with a limit.
CONFIRMATIONS = Table(
    "confirmations",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("sent", Integer, nullable=False),
    Column("since", BigInteger, nullable=False),
)

# Unconfirmed changes of address, one per reader.
ADDRESS_CHANGES = Table(
    "address_changes",
    METADATA,
    Column("reader", Text, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# Emails to single readers that are still to be sent. kind: `NotificationKind`. at: when it was requested. due: the time of the
# next attempt; during an attempt, when the attempt counts as lost. address, hash: only of `address-changed`, the old address.
NOTIFICATIONS = Table(
    "notifications",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("reader", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("address", Text, nullable=False, server_default=""),
    Column("hash", Text, nullable=False, server_default=""),
)

# Mails and events that `inbox` has processed, by the hash of the mail or the service's identifier of the event.
EVENTS = Table(
    "events",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
)

# content: the frozen digest (`digest.frozen`), until the deliveries are deleted. stories: JSON of its contents. transport, keeps:
# those of the proof. finished_at: 0 while open.
CAMPAIGNS = Table(
    "campaigns",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("issue", Text, nullable=False, unique=True),
    Column("fingerprint", Text, nullable=False),
    Column("transport", Text, nullable=False),
    Column("keeps", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("stories", Text, nullable=False, server_default='{"stories": [], "content_hashes": {}, "corrections": []}'),
    Column("opened_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger, nullable=False, server_default="0"),
    Column("recipients", Integer, nullable=False),
    Column("counts", Text, nullable=False, server_default=""),  # JSON, after the deliveries are deleted
    sqlite_autoincrement=True,
)

# first_at: the time of the first attempt, 0 before it. at: the time of the last change. due: 0, or no attempt before this time.
# status: `Outcome.status`, or `rate` if our own rate limit delays it. sender: which one has it while inflight.
DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("campaign", Integer, primary_key=True),
    Column("subscriber", Integer, primary_key=True),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due", BigInteger, nullable=False, server_default="0"),
    Column("first_at", BigInteger, nullable=False, server_default="0"),
    Column("at", BigInteger, nullable=False, server_default="0"),
    Column("status", Text, nullable=False, server_default=""),
    Column("sender", Integer, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)
# The condition of the index below. SQLite uses the index only for queries that repeat the condition literally
# (https://sqlite.org/partialindex.html, "Queries using partial indexes").
IS_OPEN: Final = text("state IN ('pending', 'deferred', 'inflight')")
Index(
    "deliveries_open",
    DELIVERIES.c.campaign,
    DELIVERIES.c.state,
    DELIVERIES.c.due,
    DELIVERIES.c.subscriber,
    sqlite_where=IS_OPEN,
    postgresql_where=IS_OPEN,
)

# Each run of `send`; its lock shows whether it is alive. upto: the last subscriber of its claim window (SQLite only, see
# `sending/claim_window.py`). boot: which start of the machine it ran in.
SENDERS = Table(
    "senders",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("campaign", Integer, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("boot", Text, nullable=False, server_default=""),
    Column("upto", Integer, nullable=False, server_default="0"),
    sqlite_autoincrement=True,
)

# Rate limits, which persist between runs. name: `all` or a domain. free_at: when the next message may be sent (GCRA).
# paused_until: 0, or nothing is sent there before this time.
RATES = Table(
    "rates",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("free_at", Float, nullable=False, server_default="0"),
    Column("paused_until", BigInteger, nullable=False, server_default="0"),
)

# Messages sent per day (YYYY-MM-DD, in the publication's time zone), for the warm-up schedule.
DAYS = Table(
    "days",
    METADATA,
    Column("day", Text, primary_key=True),
    Column("sent", Integer, nullable=False),
)

# Steps of a release that nothing else records: which build was published, for which issue, and when.
# step: `release_steps.ReleaseStep`.
RELEASES = Table(
    "releases",
    METADATA,
    Column("issue", Text, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("build", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
