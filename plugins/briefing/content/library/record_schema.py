"""What the JSON of a record must be, key by key; anything else is told with its line."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from briefing.content.frontmatter import MAX_BYTES
from briefing.content.frontmatter.messages import saying
from briefing.content.frontmatter.values import field_of, printable
from briefing.errors import Problem

TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
"""In UTC."""
_DAY: Final = "%Y-%m-%d"


def _moment(value: object) -> object:
    try:
        return dt.datetime.strptime(str(value), TIME).replace(tzinfo=dt.UTC)
    except ValueError as error:
        msg = "is not a valid time such as 2026-04-03T08:00:00Z"
        raise ValueError(msg) from error


_Line = Annotated[str, Field(min_length=1, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$")]
_Sum = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Time = Annotated[dt.datetime, BeforeValidator(_moment)]
_Count = Annotated[int, Field(ge=0)]


def _day(value: object) -> object:
    try:
        return dt.datetime.strptime(str(value), _DAY).date()  # noqa: DTZ007 - days have no zone
    except ValueError as error:
        msg = "is not a valid day such as 2026-04-03"
        raise ValueError(msg) from error


class Shape(BaseModel):
    """Refuses keys it does not know; never turns one type into another."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    issue: _Line
    fingerprint: _Sum
    transport: _Line
    keeps: Literal["bytes", "content"]


class ProofShape(Shape):
    """ISSUE.proof.json."""

    at: _Time


class CorrectionShape(BaseModel):
    """A correction that an issue took up."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    story: _Line
    date: Annotated[dt.date, BeforeValidator(_day)]
    text: _Line
    minor: bool


class ContentsShape(BaseModel):
    """What an issue told its readers."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    stories: list[_Line]
    content_hashes: dict[_Line, _Sum]
    corrections: list[CorrectionShape]


class ProviderDraftShape(Shape, ContentsShape):
    """ISSUE.draft.json."""

    draft: _Line
    where: _Line
    at: _Time
    sent: bool


class CountsShape(BaseModel):
    """The outcomes of a campaign."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    sent: _Count
    dead: _Count
    suppressed: _Count
    unknown: _Count


class SentShape(Shape, ContentsShape):
    """ISSUE.sent.json."""

    subject: _Line
    opened: _Time
    finished: _Time
    recipients: _Count
    counts: CountsShape


S = TypeVar("S", bound=Shape)


def shaped(shape: type[S], data: bytes, path: str, hint: str) -> tuple[S | None, list[Problem]]:
    """The record in a file's bytes, or why there is none; `hint` says what to do about a damaged one."""
    if len(data) > MAX_BYTES:
        return None, [Problem(path, f"has more than {MAX_BYTES // 1024} KB", hint, line=1)]
    try:
        return shape.model_validate(json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once)), []
    except ValidationError as error:
        return None, [_of_fault(fault, shape, path, data, hint) for fault in error.errors()]
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        return None, [Problem(path, "is not complete JSON", hint, line=line)]


def problem_at(path: str, data: bytes, what: str, field: str, hint: str) -> Problem:
    """A problem at the line where the field's outermost key stands."""
    key = re.search(rb'^ *"%b":' % re.escape(field.partition(".")[0].encode()), data, re.MULTILINE)
    return Problem(path, what, hint, field, data.count(b"\n", 0, key.start()) + 1 if key else 1)


def _of_fault(fault: Any, shape: type[S], path: str, data: bytes, hint: str) -> Problem:  # noqa: ANN401
    steps = fault["loc"]
    what, _ = saying(fault, shape, str(steps[-1]) if steps else "")
    return problem_at(path, data, printable(what), field_of(steps), hint)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A mapping of JSON; what a merge has doubled is refused."""
    found = dict(pairs)
    if len(found) != len(pairs):
        msg = "a key appears twice"
        raise ValueError(msg)
    return found
