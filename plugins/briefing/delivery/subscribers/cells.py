"""Cells of a list: safe for spreadsheets, and instants as they are written.

A spreadsheet takes a cell that begins with = + - @ or a control character for a formula, whoever wrote it
(https://owasp.org/www-community/attacks/CSV_Injection). An apostrophe before it makes it text.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

_FORMULA: Final = re.compile(r"'*[=+\-@\t\r\n]")
_GUARDED: Final = re.compile(r"'+[=+\-@\t\r\n]")
# Go's own form of a time, as listmonk writes it.
_GO: Final = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d+)? ([+-]\d{4})(?: \S+)?")


def escape_formula(cell: str) -> str:
    """The cell as it is written, so that no spreadsheet runs it."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unescape_formula(cell: str) -> str:
    """The cell as it was before `guarded`."""
    return cell[1:] if cell[:1] == "'" and _GUARDED.match(cell) else cell


def parse_time(text: str) -> int:
    """Seconds since 1970 of a date or time (ISO 8601, or as providers write it; UTC where it names no zone); 0 for "".

    Raises ValueError for what is none, or lies before 1970.
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
    """The instant as own lists hold it: `2026-03-30T09:12:00Z`; "" for 0."""
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%dT%H:%M:%SZ}" if seconds else ""
