"""The types of front matter's values: what may be written, and what is read from it. The types come last."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Strict, WithJsonSchema

from briefing import weblinks
from briefing.content.frontmatter.values import Unquoted
from briefing.errors import InvalidValueError

if TYPE_CHECKING:
    from enum import StrEnum

EMPTY = "is empty"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")
_NEVER_IN_URL = re.compile(r"[\s\\<>\"]")  # browsers read \ as /, and would request another host than is written
_NEVER_IN_ALIAS = re.compile(r"[?#\\\x00-\x1f]|(?<=/)/|(?<=/)\.\.?(?=/|$)")
_NEVER_IN_PATH = re.compile(r"^[/~]|[\\:]|(?:^|(?<=/))\.\.(?:$|(?=/))")
_YEARS = range(1000, 9000)


def _text(value: str) -> str:
    folded = " ".join(value.split())
    if not folded:
        raise InvalidValueError(EMPTY)
    return folded


def _line(value: str) -> str:
    if "\n" in value.strip():
        what = "contains a line break"
        raise InvalidValueError(what, "write it on one line")
    return _text(value)


def _moment(value: object) -> dt.date | dt.datetime:
    """A day, or a moment with or without a time zone, in any of YAML's spellings."""
    written = value.written if isinstance(value, Unquoted) else value
    moment, fault = _read_moment(written.strip()) if isinstance(written, str) else (None, "is not a valid date")
    if moment is None:
        what = f"`{written}` {fault}" if isinstance(written, str) and written.strip() else fault
        raise InvalidValueError(what, "write a date such as 2026-03-30 or 2026-03-30T09:30:00+02:00")
    return moment


def _read_moment(written: str) -> tuple[dt.date | None, str]:
    """The date, or None and what is wrong."""
    text = re.sub(r"\s+(?=[+-]\d)", "", written)
    day = _DATE.match(text)
    if day is None:
        return None, "is not a valid date" if text else EMPTY
    try:
        moment: dt.date = dt.date.fromisoformat(day[0])
    except ValueError:
        return None, "is not a valid calendar date"
    if moment.year not in _YEARS:
        return None, f"is not between the years {_YEARS[0]} and {_YEARS[-1]}"
    try:
        return (dt.datetime.fromisoformat(text) if text != day[0] else moment), ""
    except ValueError:
        return None, "does not have a valid time of day"


def _day(value: object) -> dt.date:
    moment = _moment(value)
    return moment.date() if isinstance(moment, dt.datetime) else moment


def _web_url(value: str, schemes: tuple[str, ...] = ("http", "https")) -> str:
    try:
        weblinks.refuse_deceptive(value)
        parts = urlsplit(value)
        is_port_valid = parts.port is None or parts.port > 0
    except InvalidValueError:
        raise
    except ValueError:
        parts, is_port_valid = urlsplit(""), False
    recipient = parts.path if parts.scheme == "mailto" else parts.hostname
    never = _NEVER_IN_URL.search(value)
    if parts.scheme not in schemes or not recipient or not is_port_valid or never:
        kinds = "http(s) or mailto" if "mailto" in schemes else "http(s)"
        shown = weblinks.excerpt(value, never.start() if never else 0)
        what = f"`{shown}` is not a valid {kinds} address"
        raise InvalidValueError(what, "write the complete address: https://...")
    return value


def _web_or_mail_url(value: str) -> str:
    return _web_url(value, ("http", "https", "mailto"))


def _alias(value: str) -> str:
    try:
        weblinks.refuse_deceptive(value)
        is_readable = True
    except InvalidValueError:
        raise
    except ValueError:
        is_readable = False
    decoded = unquote(value).rstrip("/")
    never = re.search(" ", value) or _NEVER_IN_ALIAS.search(value.rstrip("/"))
    if not is_readable or never or (decoded and decoded[0] != "/") or _NEVER_IN_ALIAS.search(decoded):
        shown = weblinks.excerpt(value, never.start() if never else 0)
        what = f"`{shown}` is not a valid address on this site"
        raise InvalidValueError(what, "write it as /old/address/")
    return value


def _content_path(value: str) -> str:
    never = _NEVER_IN_PATH.search(value)
    if never:
        what = f"`{weblinks.excerpt(value, never.start())}` is not a valid path under content/"
        raise InvalidValueError(what, "write it as images/name.jpg")
    return value


def _truth(value: object) -> object:
    return value.value if isinstance(value, Unquoted) and isinstance(value.value, bool) else value


def _number(value: object) -> object:
    return value.value if isinstance(value, Unquoted) and type(value.value) is int else value


def _given_number(value: object) -> object:
    if value is None:
        raise InvalidValueError(EMPTY)
    return _number(value)


def _plain(value: Any) -> Any:  # noqa: ANN401 - the user's own keys contain anything
    if isinstance(value, Unquoted):
        return value.written if value.value is None else value.value
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def choice(names: type[StrEnum]) -> WithJsonSchema:
    """The JSON Schema of an enumeration, written in place."""
    return WithJsonSchema({"enum": [str(name) for name in names], "type": "string"})


def without_default(schema: dict[str, Any]) -> None:
    """Leave the default out of a JSON Schema, which has no value for "not written"."""
    del schema["default"]


_DAY_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}"})
_URL_SCHEMA = WithJsonSchema({"type": "string", "format": "uri"})

Text = Annotated[str, AfterValidator(_text)]
Line = Annotated[str, AfterValidator(_line)]
Block = Annotated[str, AfterValidator(str.strip)]
WebUrl = Annotated[str, AfterValidator(_web_url), _URL_SCHEMA]
WebOrMailUrl = Annotated[str, AfterValidator(_web_or_mail_url), _URL_SCHEMA]
Moment = Annotated[dt.date | dt.datetime, BeforeValidator(_moment), _DAY_SCHEMA]
Day = Annotated[dt.date, BeforeValidator(_day), _DAY_SCHEMA]
Truth = Annotated[bool, Strict(), BeforeValidator(_truth)]
Number = Annotated[int, Strict(), BeforeValidator(_number)]
GivenNumber = Annotated[
    Annotated[int, Strict()] | None, BeforeValidator(_given_number), WithJsonSchema({"type": "integer", "minimum": 0})
]
Alias = Annotated[str, AfterValidator(_alias)]
ContentPath = Annotated[str, AfterValidator(_content_path)]
Extra = Annotated[dict[str, Any], BeforeValidator(_plain)]
