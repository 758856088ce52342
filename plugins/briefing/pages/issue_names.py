"""The names of issues: by week or by day, and that of a second issue in a week."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

from briefing.pages.listing import iso_week
from briefing.settings.schedule import DAYS

if TYPE_CHECKING:
    from collections.abc import Container

FORMS: Final = "YYYY-wNN.md or YYYY-MM-DD.md, optionally with a suffix"
_NAME: Final = re.compile(r"(\d{4}-w(?:0[1-9]|[1-4]\d|5[0-3])|\d{4}-\d{2}-\d{2})((?:-[a-z0-9]+)*)")
_DAYS: Final = tuple(day.lower() for day in DAYS)


def is_issue_name(name: str) -> bool:
    """Whether a name is like `2026-w48`, `2026-w48-mon` or `2026-11-27`, with or without a lower-case suffix."""
    found = _NAME.fullmatch(name)
    return found is not None and ("w" in found[1] or _is_day(found[1]))


def fits(name: str, date: dt.date) -> bool:
    """Whether an issue of a day may have the name: it has that week or day, and no other weekday."""
    found = _NAME.fullmatch(name)
    if found is None or found[1] not in {iso_week(date), day_of(date)}:
        return False
    weekday = found[2].removeprefix("-").partition("-")[0]
    return weekday not in _DAYS or weekday == _DAYS[date.weekday()]


def named(date: dt.date, taken: Container[str] = (), *, by_day: bool = False) -> str:
    """An unused name for an issue of a day: the week, the week with the weekday, or the day.

    by_day: leave out the week alone, since a week has several issues.
    """
    week = iso_week(date)
    names = [*([] if by_day else [week]), f"{week}-{_DAYS[date.weekday()]}", day_of(date)]
    number = 2
    while names[0] in taken:
        names.pop(0)
        if not names:
            names.append(f"{day_of(date)}-{number}")
            number += 1
    return names[0]


def day_of(date: dt.date) -> str:
    """`2026-11-27`."""
    return f"{date.year:04}-{date.month:02}-{date.day:02}"


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True
