"""`Fri 07:00 Europe/London`: the days and the local time at which an issue goes out.

A time that does not exist because summer time begins (01:30 in London) is as long after midnight as on other days: the clock
shows one hour more. A time that exists twice because summer time ends is the first of the two.
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
# Not IANA names but files beside them: this machine's zone, rules for others, "not set yet", and copies of the list.
_NO_ZONES: Final = frozenset({"localtime", "posixrules", "Factory"})
_COPIES: Final = ("posix/", "right/")
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Slot:
    """A moment at which an issue is to go out. day: the local date. after: the day of the previous slot.

    The issue of a slot is the one whose date is later than `after`, and not later than `day`.
    """

    moment: dt.datetime
    day: dt.date
    after: dt.date


@dataclass(frozen=True, slots=True)
class Schedule:
    """Slots that repeat every week. days: from 0, Monday, to 6; at least one. time: local time in `zone`."""

    days: frozenset[int]
    time: dt.time
    zone: ZoneInfo

    def last(self, now: dt.datetime) -> Slot:
        """The latest slot that is not later than `now`, an aware datetime."""
        return max((slot for slot in self._around(now) if slot.moment <= now), key=lambda slot: slot.moment)

    def next(self, now: dt.datetime) -> Slot:
        """The first slot later than `now`."""
        return min((slot for slot in self._around(now) if slot.moment > now), key=lambda slot: slot.moment)

    def _around(self, now: dt.datetime) -> list[Slot]:
        """The slots of about two weeks: at least one before now and one after."""
        today = now.astimezone(self.zone).date()
        days = [today + dt.timedelta(days=number) for number in range(-16, 10)]
        days = [day for day in days if day.weekday() in self.days]
        return [Slot(self._at(day), day, before) for before, day in pairwise(days)]

    def _at(self, day: dt.date) -> dt.datetime:
        return dt.datetime.combine(day, self.time, self.zone).astimezone(dt.UTC)


def read_schedule(text: str) -> Schedule:
    """Parse a schedule. Raises InvalidValueError."""
    parts = text.split(" ")
    if len(parts) != 3:  # noqa: PLR2004 - days, time, zone
        what = f"`{text}` is not a valid schedule"
        raise InvalidValueError(what, _FORM)
    days, time, zone = parts
    clock = _TIME.fullmatch(time)
    if clock is None:
        what = f"`{time}` is not a valid time of day"
        raise InvalidValueError(what, "write it as 07:00, from 00:00 to 23:59")
    return Schedule(_days(days), dt.time(int(clock[1]), int(clock[2])), read_zone(zone))


def read_zone(name: str) -> ZoneInfo:
    """The time zone with an IANA name, the same on every machine. Raises InvalidValueError."""
    what, hint = f"`{name}` is not a valid time zone", "use an IANA name such as Europe/London"
    if name in _NO_ZONES or name.startswith(_COPIES):
        raise InvalidValueError(what, hint)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidValueError(what, hint) from error


def _days(text: str) -> frozenset[int]:
    names = text.split(",")
    for name in names:
        if name not in DAYS:
            near = difflib.get_close_matches(name.title(), DAYS, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]}? The days are {', '.join(DAYS)}" if near else f"write {', '.join(DAYS)}"
            what = f"`{name}` is not a valid day"
            raise InvalidValueError(what, hint)
    if len(set(names)) < len(names):
        what = f"`{text}` repeats a day"
        raise InvalidValueError(what, "name each day once")
    return frozenset(map(DAYS.index, names))
