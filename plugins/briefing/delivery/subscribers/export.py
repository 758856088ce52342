"""Exports the list: all of it in our own format, or only active readers for a provider."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from briefing.delivery.store.tables import SUBSCRIBERS, SUPPRESSIONS, Membership
from briefing.delivery.subscribers.cells import escape_formula, format_time
from briefing.delivery.subscribers.formats import MAILCHIMP, OWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TextIO

    from sqlalchemy import Connection, Row

    from briefing.delivery.store.secret import Secret
    from briefing.delivery.subscribers.formats import Format

_BATCH: Final = 5_000


def write_list(
    connection: Connection, secret: Secret, form: Format, out: TextIO, advanced: Callable[[int], None]
) -> int:
    """Write the list as CSV with a header, sorted by reader identifier. Return the number of rows.

    Our own format has every reader with state and record, then suppressions without a reader as hashes. Other formats have only
    confirmed readers who are not suppressed, so that no one is mailed by mistake. `advanced` receives the number of rows.
    """
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(form.writes)
    templates = tuple(form.writes.values())
    written = 0
    for values in _values(connection, secret, form):
        writer.writerow([escape_formula(template.format_map(values)) for template in templates])
        written += 1
        if not written % _BATCH:
            advanced(written)
    return written


def count(connection: Connection) -> int:
    """The approximate number of rows in our own format."""
    return connection.execute(select(func.count()).select_from(SUBSCRIBERS)).scalar_one()


def _values(connection: Connection, secret: Secret, form: Format) -> Iterator[Mapping[str, str]]:
    columns, suppressed = SUBSCRIBERS.c, SUPPRESSIONS.c.reason
    query = (
        select(SUBSCRIBERS, suppressed)
        .select_from(SUBSCRIBERS.outerjoin(SUPPRESSIONS, SUPPRESSIONS.c.hash == columns.hash))
        .order_by(columns.reader)
    )
    if form is not OWN:
        query = query.where(columns.state == Membership.CONFIRMED, suppressed.is_(None))
    streamed = connection.execution_options(yield_per=_BATCH)
    time = _mailchimp_time if form is MAILCHIMP else format_time
    for row in streamed.execute(query):
        yield _reader(row, time)
    if form is OWN:
        known = select(columns.id).where(columns.hash == SUPPRESSIONS.c.hash).exists()
        for row in streamed.execute(select(SUPPRESSIONS).where(~known).order_by(SUPPRESSIONS.c.hash)):
            address_hash = f"{secret.fingerprint}:{row.hash}"
            yield {
                **dict.fromkeys(OWN.writes, ""),
                "hash": address_hash,
                "reason": row.reason,
                "since": format_time(row.at),
            }


def _reader(row: Row[*tuple[object, ...]], time: Callable[[int], str]) -> Mapping[str, str]:
    return {
        "address": row.address,
        "name": row.name,
        "state": row.state,
        "since": time(row.state_at),
        "source": row.source,
        "text_version": row.text_version,
        "joined": time(row.joined_at),
        "consented": time(row.consented_at),
        "paused_until": time(row.paused_until),
        "reader": row.reader,
        "hash": "",
        "reason": "" if row.reason in {None, row.state} else row.reason,
    }


def _mailchimp_time(seconds: int) -> str:
    """A time as Mailchimp writes it: `2026-03-30 09:12:00`, UTC."""
    return format_time(seconds).replace("T", " ").removesuffix("Z")
