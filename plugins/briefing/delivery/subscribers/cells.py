"""Cells of a list: escaped for spreadsheets, and times.

A spreadsheet runs a cell that begins with = + - @ or a control character as a formula
(https://owasp.org/www-community/attacks/CSV_Injection). An apostrophe before it makes it text.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

_FORMULA: Final = re.compile(r"'*[=+\-@\t\r\n]")
_ESCAPED: Final = re.compile(r"'+[=+\-@\t\r\n]")
# Go's format of a time, which listmonk uses.
_GO: Final = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d+)? ([+-]\d{4})(?: \S+)?")


def escape_formula(cell: str) -> str:
    """The cell for a file, so that no spreadsheet runs it."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unescape_formula(cell: str) -> str:
    """Undo `escape_formula`."""
    return cell[1:] if cell[:1] == "'" and _ESCAPED.match(cell) else cell


def parse_time(text: str) -> int:
    """Seconds since 1970 of a date or time (ISO 8601, or in a provider's format; UTC by default); 0 for "".

    Raises ValueError if it is not valid, or before 1970.
    """
    if not text:
        return 0
    if form := _GO.fullmatch(text):
        text = f"{form[1]}{form[2]}"
    moment = dt.datetime.fromisoformat(text)
    seconds = int((moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp())
    if seconds < 0:
        raise ValueError(text)
    return seconds


def format_time(seconds: int) -> str:
    """The time as in our own lists: `2026-03-30T09:12:00Z`; "" for 0."""
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%dT%H:%M:%SZ}" if seconds else ""
