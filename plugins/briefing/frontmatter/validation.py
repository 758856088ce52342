"""Values -> a validated shape, or problems that a person can act on."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args

from pydantic import BaseModel, ValidationError

from briefing.errors import Problem
from briefing.frontmatter.matter import Matter
from briefing.frontmatter.sayings import saying

if TYPE_CHECKING:
    from collections.abc import Mapping

    from briefing.frontmatter.document import Document
    from briefing.frontmatter.values import Path

_M = TypeVar("_M", bound=Matter)
_EMPTY: dict[str, Any] = {
    "title": "",
    "name": "",
    "date": dt.date(2000, 1, 1),
    "summary": "",
    "topic": "",
    "lead": "",
    "number": 0,
    "sources": [],
}


def validate(shape: type[_M], document: Document) -> tuple[_M, list[Problem]]:
    """The document's front matter in its shape, and every problem.

    Where a value does not fit, it is left out and the rest is kept, so that one mistake does not hide those
    that only show when files are held against each other. What is built needs a list without errors.
    """
    try:
        return shape.model_validate(document.values), []
    except ValidationError as error:
        faults = [fault for fault in error.errors() if document.whole or fault["type"] != "missing"]
        kept = _without(document.values, {tuple(fault["loc"]) for fault in error.errors()})
        return _salvaged(shape, kept), [_problem(shape, document, fault) for fault in faults]


def _without(values: Mapping[str, Any], places: set[Path]) -> dict[str, Any]:
    """The values without the keys, or list items, in which the faulty places lie."""
    kept: dict[str, Any] = {}
    for key, value in values.items():
        if (key,) in places:
            continue
        inside = [place for place in places if place[0] == key]
        items = {place[1] for place in inside}
        if not inside:
            kept[key] = value
        elif isinstance(value, list):
            kept[key] = [item for number, item in enumerate(value) if number not in items]
    return kept


def _salvaged(shape: type[_M], values: dict[str, Any]) -> _M:
    """The shape with what is sound of the values; a required one that is not there is empty."""
    stand_ins: dict[str, Any] = {}
    for name, known in shape.model_fields.items():
        if name in values and not (known.is_required() and values[name] == []):
            continue
        values.pop(name, None)
        if known.is_required():
            stand_ins[name] = _EMPTY[name]
    rest = {
        name: known.get_default(call_default_factory=True)
        for name, known in shape.model_fields.items()
        if not known.is_required()
    }
    sound = _partly_valid(shape, values)
    return cast("_M", shape.model_construct(**(rest | stand_ins | sound)))


def _partly_valid(shape: type[_M], values: dict[str, Any]) -> dict[str, Any]:
    """Each value validated by itself."""
    adapted = shape.__pydantic_validator__
    blank = shape.model_construct()
    sound = {}
    for name, value in values.items():
        try:
            sound[name] = getattr(adapted.validate_assignment(blank, name, value), name)
        except ValidationError:
            continue
    return sound


def _problem(shape: type[Matter], document: Document, found: Any) -> Problem:  # noqa: ANN401 - ErrorDetails varies by type
    path: Path = tuple(found["loc"])
    inner, description = _shape_at(shape, path)
    what, hint = saying(found, inner, str(path[-1]) if path else "")
    field = ".".join(str(part + 1) if isinstance(part, int) else part for part in path)
    return Problem(document.path, what, hint or description, field, document.line(path))


def _shape_at(shape: type[BaseModel], path: Path) -> tuple[type[BaseModel], str]:
    """The shape that holds the last key of a path (or is its value), and that key's description."""
    description = ""
    for part in path:
        if isinstance(part, int) or part not in shape.model_fields:
            continue
        known = shape.model_fields[part]
        description = known.description or ""
        shape = _model_in(known.annotation) or shape
    return shape, description


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
