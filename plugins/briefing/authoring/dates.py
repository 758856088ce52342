"""Days as the command line takes them."""

from __future__ import annotations

import datetime as dt
import re

from briefing.errors import WrongUseError

_YEARS = range(1000, 9000)


def day(text: str) -> dt.date:
    """The day that is written as `2026-03-30`. Raises WrongUseError."""
    try:
        found = dt.date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        msg = f"`{text}` is not a valid calendar day"
        raise WrongUseError(msg) from None
    if found is None or found.year not in _YEARS:
        msg = f"`{text}` is not a valid date; write it as 2026-03-30"
        raise WrongUseError(msg)
    return found
