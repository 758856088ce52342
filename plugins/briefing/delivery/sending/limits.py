"""Rate limits, kept in the ledger: how many messages may go now, in total, to one domain, and during warm-up.

A limit is one time in `RATES`, when the next message may go (the generic cell rate algorithm of ITU-T I.371, annex A). So
it holds across runs, and for all senders of one database together.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select, update

from briefing.delivery.store.inserts import insert_new
from briefing.delivery.store.tables import DAYS, RATES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from sqlalchemy import Connection

ALL: Final = "all"
_BURST: Final = 1.0  # as many messages may go at once as the rate allows in these seconds
_LONGEST_PAUSE: Final = 24 * 60 * 60  # seconds
_IMPOSSIBLE: Final = 30 * 24 * 60 * 60  # seconds: a time further ahead is from before the clock was set back


@dataclass(frozen=True, slots=True)
class Limits:
    """per_second: 0 for no limit. domains: the same by domain. warm_up: the maximum on each of the first days."""

    per_second: float
    domains: Mapping[str, float]
    warm_up: tuple[int, ...]
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Grant:
    """How many may go now. If they are fewer than wanted: when more may. is_day: tomorrow, by the warm-up schedule."""

    count: int
    again_at: float = 0
    is_day: bool = False


def grant(connection: Connection, limits: Limits, wanted: int, clock: float) -> Grant:
    """Take up to `wanted` messages from the limits that hold for all domains."""
    day = _of_day(connection, limits, wanted, clock)
    if not day.count or not limits.per_second:
        return day
    free_at, step = _free_at(connection, ALL, clock), 1 / limits.per_second
    burst = max(_BURST, step)
    count = max(0, min(day.count, int((clock + burst - free_at) / step + 1e-6)))
    _write(connection, ALL, free_at + count * step)
    if count == wanted:
        return Grant(count)
    return Grant(count, day.again_at if count == day.count else free_at + (count + 1) * step - burst, day.is_day)


def give_back(connection: Connection, limits: Limits, number: int) -> None:
    """Give back what `grant` took and was not needed."""
    if limits.per_second and number:
        less = update(RATES).where(RATES.c.name == ALL).values(free_at=RATES.c.free_at - number / limits.per_second)
        connection.execute(less)


def slot(connection: Connection, limits: Limits, domain: str, clock: float) -> float:
    """Take the next time at which a message may go to a domain; not later than `clock` means now."""
    per_second = limits.domains.get(domain, 0)
    if not per_second:
        return clock
    free_at = _free_at(connection, domain, clock)
    _write(connection, domain, free_at + 1 / per_second)
    return free_at


def count_day(connection: Connection, limits: Limits, number: int, clock: float) -> None:
    """Count messages towards today's share of the warm-up; a negative number for those that were returned."""
    if limits.warm_up and number:
        day = _today(limits, clock)
        insert_new(connection, DAYS, {"day": day, "sent": 0})
        connection.execute(update(DAYS).where(DAYS.c.day == day).values(sent=DAYS.c.sent + number))


def pause(connection: Connection, domain: str, until: int) -> None:
    """Send nothing to a domain until then."""
    insert_new(connection, RATES, {"name": domain})
    connection.execute(update(RATES).where(RATES.c.name == domain).values(paused_until=until))


def paused_domains(connection: Connection, now: int) -> dict[str, int]:
    """The domains that are paused now, each with until when."""
    in_force = RATES.c.paused_until.between(now + 1, now + _LONGEST_PAUSE)
    query = select(RATES.c.name, RATES.c.paused_until).where(in_force)
    return dict(connection.execute(query).all())


def reset_slots(connection: Connection, clock: float) -> None:
    """Forget the slots that were taken for later and are no longer needed. Pauses stay."""
    connection.execute(update(RATES).where(RATES.c.free_at > clock).values(free_at=clock))


def _of_day(connection: Connection, limits: Limits, wanted: int, clock: float) -> Grant:
    if not limits.warm_up:
        return Grant(wanted)
    today = _today(limits, clock)
    before = select(func.count()).select_from(DAYS).where(DAYS.c.day < today, DAYS.c.sent > 0)
    number = connection.execute(before).scalar_one()
    if number >= len(limits.warm_up):
        return Grant(wanted)
    sent = connection.execute(select(DAYS.c.sent).where(DAYS.c.day == today)).scalar() or 0
    left = max(limits.warm_up[number] - sent, 0)
    return Grant(min(wanted, left), _tomorrow(limits, clock) if left < wanted else 0, is_day=left < wanted)


def _today(limits: Limits, clock: float) -> str:
    return dt.datetime.fromtimestamp(clock, limits.zone).date().isoformat()


def _tomorrow(limits: Limits, clock: float) -> float:
    day = dt.datetime.fromtimestamp(clock, limits.zone).date() + dt.timedelta(days=1)
    return dt.datetime.combine(day, dt.time(), limits.zone).timestamp()


def _free_at(connection: Connection, name: str, clock: float) -> float:
    insert_new(connection, RATES, {"name": name})
    query = select(RATES.c.free_at).where(RATES.c.name == name).with_for_update()
    free_at: float = connection.execute(query).scalar_one()
    return clock if free_at > clock + _IMPOSSIBLE else max(free_at, clock)


def _write(connection: Connection, name: str, free_at: float) -> None:
    connection.execute(update(RATES).where(RATES.c.name == name).values(free_at=free_at))
