"""`Fri 07:00 Europe/London`: on which days, and when by the clock of which place, an issue goes out.

A moment that a clock skips when summer time begins (01:30 in London) is as long after midnight as ever: the clock shows an
hour more. One that it shows twice when summer time ends is the first of the two.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from briefing.errors import InvalidValueError

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_FORM: Final = "write it as `Fri 07:00 Europe/London`, or with several days, `Mon,Thu 07:00 Europe/London`"
# Files beside the IANA's: this machine's own zone, rules for others, "not set yet", and the list once more.
_NO_ZONES: Final = frozenset({"localtime", "posixrules", "Factory"})
_COPIES: Final = ("posix/", "right/")
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Slot:
    """One moment at which an issue is to go out. day: by the place's calendar. after: the day of the slot before.

    The issue of a slot is the one whose date is behind `after`, and not behind `day`.
    """

    moment: dt.datetime
    day: dt.date
    after: dt.date


@dataclass(frozen=True, slots=True)
class Schedule:
    """days: from 0, Monday, to 6; at least one. time: by the clock of `zone`."""

    days: frozenset[int]
    time: dt.time
    zone: ZoneInfo

    def last(self, now: dt.datetime) -> Slot:
        """The newest slot that has come by `now`, which knows its zone."""
        return max((slot for slot in self._around(now) if slot.moment <= now), key=lambda slot: slot.moment)

    def next(self, now: dt.datetime) -> Slot:
        """The first slot that is still to come at `now`."""
        return min((slot for slot in self._around(now) if slot.moment > now), key=lambda slot: slot.moment)

    def _around(self, now: dt.datetime) -> list[Slot]:
        """Two weeks of slots, which hold at least one before and one after."""
        today = now.astimezone(self.zone).date()
        days = [today + dt.timedelta(days=number) for number in range(-16, 10)]
        days = [day for day in days if day.weekday() in self.days]
        return [Slot(self._at(day), day, before) for before, day in pairwise(days)]

    def _at(self, day: dt.date) -> dt.datetime:
        return dt.datetime.combine(day, self.time, self.zone).astimezone(dt.UTC)


def read_schedule(text: str) -> Schedule:
    """The schedule that is written so. Raises InvalidValueError."""
    parts = text.split(" ")
    if len(parts) != 3:  # noqa: PLR2004 - days, time, zone
        raise InvalidValueError(what=f"`{text}` is not a valid schedule", hint=_FORM)
    days, time, zone = parts
    clock = _TIME.fullmatch(time)
    if clock is None:
        raise InvalidValueError(
            what=f"`{time}` is not a valid time of day", hint="write it as 07:00, from 00:00 to 23:59"
        )
    return Schedule(_days(days), dt.time(int(clock[1]), int(clock[2])), read_zone(zone))


def read_zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name, the same on every machine. Raises InvalidValueError."""
    error = InvalidValueError(what=f"`{name}` is not a valid time zone", hint="use an IANA name such as Europe/London")
    if name in _NO_ZONES or name.startswith(_COPIES):
        raise error
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as reason:
        raise error from reason


def _days(text: str) -> frozenset[int]:
    names = text.split(",")
    for name in names:
        if name not in DAYS:
            near = difflib.get_close_matches(name.title(), DAYS, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]}? The days are {', '.join(DAYS)}" if near else f"write {', '.join(DAYS)}"
            raise InvalidValueError(what=f"`{name}` is not a valid day", hint=hint)
    if len(set(names)) < len(names):
        raise InvalidValueError(what=f"`{text}` names a day twice", hint="name each once")
    return frozenset(map(DAYS.index, names))
