"""The tables. Times are whole seconds since 1970 in UTC, counts and states plain words; the same on every database.

Numbers of rows that others refer to are never given twice (`sqlite_autoincrement`), also when the row is gone.
A reader's address stands in `subscribers`; while a change of it waits, in `moves`; and after it, until the old one has
been told, in `letters`: nowhere else.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, MetaData, Table, Text, text

VERSION: Final = 1
METADATA: Final = MetaData()


class Membership(StrEnum):
    """A subscriber's state. Only who is confirmed, and neither paused nor suppressed, is mailed."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class DeliveryState(StrEnum):
    """A delivery's state.

    pending: to be sent. inflight: handed to a transport, no answer yet. deferred: refused or held back until `due`.
    Of the other four none changes by itself: sent, dead (refused for good), suppressed (no longer to be mailed),
    unknown (handed over, and nobody can say whether it was taken).
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

# What the database itself is: `version`, and the `mark` of the secret it was made with.
META = Table("meta", METADATA, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

# reader: the identifier in tokens. hash: `Secret.hidden` of the mailbox, by which it is looked up and suppressed.
# state_at: since when. joined_at, source, text_version: the consent's record; text_version names the text that was
# agreed to. consented_at: 0 while nobody has agreed, or where nobody knows when. paused_until: 0 where not paused.
# moved_at: since when the address is this one, 0 if it was never another.
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
    Column("moved_at", BigInteger, nullable=False, server_default="0"),
    sqlite_autoincrement=True,
)

# reason: unsubscribed, bounced, complained, erased or removed (by the desk).
SUPPRESSIONS = Table(
    "suppressions",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# How many confirmation mails a mailbox has been sent since when: what caps them. hash: also of what else is capped.
CONFIRMATIONS = Table(
    "confirmations",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("sent", Integer, nullable=False),
    Column("since", BigInteger, nullable=False),
)

# A change of address that waits for its confirmation; one a reader.
MOVES = Table(
    "moves",
    METADATA,
    Column("reader", Text, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# Mails of the list server that are still to be sent (`letters`). kind: confirm, welcome, move,
# moved or leave. at: when it was asked for. due: when it is tried next; while it is being sent, when it is taken for lost. address, hash: of `moved`, the
# mailbox before; the others find theirs.
LETTERS = Table(
    "letters",
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

# What has come back and been taken in, by the hash of the mail or the service's identifier of the event.
EVENTS = Table(
    "events",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
)

# content: the frozen digest (`digest.frozen`), until the deliveries are forgotten. stories: JSON, what it tells (`model.Contents`). transport, keeps: those of
# the proof. finished_at: 0 while open.
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
    Column("counts", Text, nullable=False, server_default=""),  # JSON, once the deliveries are forgotten
    sqlite_autoincrement=True,
)

# first_at: of the first attempt, 0 before it. at: of the last change. due: 0, or before when it is not tried.
# status: `Outcome.status`, or `rate` where our own limits hold it back. sender: whose it is while inflight.
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
# What makes the index below serve: a query that shall use it says the same, word for word, beside the state it wants
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

# Each run of `send`; its lock says whether it is alive. upto: of the deliveries up to this subscriber it may have
# claimed any, although a power failure has taken the traces (SQLite only, see `campaigns.reserve`). boot: of the machine.
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

# Limits of sending, kept from run to run. name: `all` or a domain. free_at: when the next message may go (GCRA).
# paused_until: 0, or until when nothing goes there.
RATES = Table(
    "rates",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("free_at", Float, nullable=False, server_default="0"),
    Column("paused_until", BigInteger, nullable=False, server_default="0"),
)

# How many messages went out on a day of the publication's zone (YYYY-MM-DD): what the warm-up schedule counts.
DAYS = Table(
    "days",
    METADATA,
    Column("day", Text, primary_key=True),
    Column("sent", Integer, nullable=False),
)

# What a release has done, where nothing else tells it: which build was put on the site, for which issue, and when.
# step: `releases.Step`.
RELEASES = Table(
    "releases",
    METADATA,
    Column("issue", Text, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("build", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
