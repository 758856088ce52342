"""What the services' JSON formats share: an event before its token is checked, and access to values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from briefing.delivery.inbox.reports import ReportKind

_LAST: Final = 32_503_680_000  # the year 3000; later is not a valid time


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One event. identity: the same whenever the service repeats it. named: texts that may contain a token.

    at: when it happened, 0 if unknown. must_name: each text in `named` must be a token.
    """

    kind: ReportKind
    identity: str
    named: tuple[str, ...]
    at: int = 0
    status: str = ""
    message_id: str = ""
    must_name: bool = False


def value_at(data: Any, *path: str | int) -> Any:  # noqa: ANN401 - JSON is anything
    """The value at a path of keys and indexes; None if there is none."""
    for step in path:
        if isinstance(step, str) and isinstance(data, dict):
            data = data.get(step)
        elif isinstance(step, int) and isinstance(data, list) and len(data) > step:
            data = data[step]
        else:
            return None
    return data


def text_at(data: Any, *path: str | int) -> str:  # noqa: ANN401
    """The text at a path; "" if there is none."""
    found = value_at(data, *path)
    return found if isinstance(found, str) else ""


def texts_in(found: Any) -> list[str]:  # noqa: ANN401
    """A text, or those of a list of texts."""
    return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, str)]


def named_values(pairs: Any, *names: str) -> list[str]:  # noqa: ANN401
    """The values of a tag or header, given as `{name: value or values}` or `[{"name": ..., "value": ...}]`."""
    if isinstance(pairs, dict):
        found = list(pairs.items())
    elif isinstance(pairs, list):
        found = [(text_at(pair, "name"), value_at(pair, "value")) for pair in pairs]
    else:
        found = []
    return [text for name, value in found if str(name).lower() in names for text in texts_in(value)]


def seconds(written: Any) -> int:  # noqa: ANN401
    """A time in seconds since 1970 or in ISO 8601; 0 if it is not valid."""
    if isinstance(written, (int, float)) and 0 <= written < _LAST:
        return int(written)
    if not isinstance(written, str):
        return 0
    try:
        when = dt.datetime.fromisoformat(written.replace(" +", "+").strip())
        return max(int(when.replace(tzinfo=when.tzinfo or dt.UTC).timestamp()), 0)
    except (ValueError, OverflowError):
        return 0
