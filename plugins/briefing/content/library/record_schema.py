"""JSON -> a record, or every problem with its line."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from briefing.content.frontmatter import MAX_BYTES
from briefing.content.frontmatter.keys import adapter_of
from briefing.content.frontmatter.messages import explain
from briefing.content.frontmatter.values import field_of, printable
from briefing.errors import Problem

if TYPE_CHECKING:
    from briefing.content.model.record import Recorded

    R = TypeVar("R", bound=Recorded)


def parse_record(shape: type[R], data: bytes, path: str, hint: str) -> tuple[R | None, list[Problem]]:
    """The record in a file's bytes, or None and every problem; `hint` says what to do about a damaged one."""
    if len(data) > MAX_BYTES:
        return None, [Problem(path, f"is larger than {MAX_BYTES // 1024} KB", hint, line=1)]
    try:
        values = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        return None, [Problem(path, "is not valid JSON", hint, line=line)]
    problems = [problem_at(path, data, "is missing", name, hint) for name in _missing(shape, values)]
    try:
        record = adapter_of(shape).validate_python(values)
    except ValidationError as error:
        reported = {(problem.field,) for problem in problems}
        invalid = [one for one in error.errors() if one["loc"] not in reported]
        return None, problems + [_problem(one, shape, path, data, hint) for one in invalid]
    return (None if problems else record), problems


def problem_at(path: str, data: bytes, what: str, field: str, hint: str) -> Problem:
    """A problem at the line of the field's outermost key."""
    key = re.search(rb'^ *"%b":' % re.escape(field.partition(".")[0].encode()), data, re.MULTILINE)
    return Problem(path, what, hint, field, data.count(b"\n", 0, key.start()) + 1 if key else 1)


def _problem(error: Any, shape: type[Recorded], path: str, data: bytes, hint: str) -> Problem:  # noqa: ANN401
    steps = error["loc"]
    what, _ = explain(error, _names(shape), str(steps[-1]) if steps else "")
    return problem_at(path, data, printable(what), field_of(steps), hint)


def _missing(shape: type[Recorded], values: object) -> list[str]:
    """The keys that a record lacks; a program wrote it, so that even one with a default is there."""
    return [name for name in _names(shape) if name not in values] if isinstance(values, dict) else []


def _names(shape: type[Recorded]) -> list[str]:
    return [field.name for field in fields(shape)]


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; a key that a merge doubled is refused."""
    found = dict(pairs)
    if len(found) != len(pairs):
        msg = "a key appears twice"
        raise ValueError(msg)
    return found
