"""Dates on the command line."""

from __future__ import annotations

import datetime as dt
import re

from briefing.errors import WrongUseError

_YEARS = range(1000, 9000)


def parse_day(text: str) -> dt.date:
    """Parse a date such as `2026-03-30`. Raises WrongUseError."""
    try:
        day = dt.date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        msg = f"`{text}` is not a valid calendar day"
        raise WrongUseError(msg) from None
    if day is None or day.year not in _YEARS:
        msg = f"`{text}` is not a valid date; write it as 2026-03-30"
        raise WrongUseError(msg)
    return day
