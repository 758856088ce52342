"""Values -> a validated shape, or problems that a person can act on."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from briefing.content.frontmatter.messages import EMPTY, saying
from briefing.content.frontmatter.values import field_of, printable
from briefing.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from briefing.content.frontmatter.document import Document
    from briefing.content.frontmatter.values import Path

_M = TypeVar("_M", bound=BaseModel)
_NO_DAY = dt.date(2000, 1, 1)
_NAMES = (("%Y-%m-%d", r"\d{4}-\d{2}-\d{2}", ""), ("%G-w%V-%u", r"\d{4}-w\d{2}", "-7"))
_Faults = dict[str | int, "_Faults | None"]
"""Where faults lie: None where a value is one itself, a tree of places where they lie within it."""


def validate(shape: type[_M], document: Document) -> tuple[_M, list[Problem]]:
    """The document's front matter in its shape, and every problem.

    What does not fit is replaced by an empty value of its kind, a date by that of the file's name, and the rest
    is kept in its place, so that one mistake does not hide those that only show when files are held against each
    other. What is built needs a list without errors.
    """
    try:
        return shape.model_validate(document.values), []
    except ValidationError as error:
        faults = [fault for fault in error.errors() if document.whole or fault["type"] != "missing"]
        salvaged = _Salvage(_day_in(document.path)).model(shape, document.values, _tree(error.errors()))
        return salvaged, [_problem(shape, document, fault) for fault in faults]


def _day_in(path: str) -> dt.date:
    """The day that a file's name gives, or the last of its week."""
    for shape, pattern, tail in _NAMES:
        match = re.match(pattern, path.rpartition("/")[2])
        try:
            return dt.datetime.strptime(match[0] + tail if match else "", shape).date()  # noqa: DTZ007 - days have no zone
        except ValueError:
            continue
    return _NO_DAY


def _tree(faults: Iterable[Any]) -> _Faults:
    """The places of faults, those of outer values before those within them."""
    tree: _Faults = {}
    for place in sorted((fault["loc"] for fault in faults), key=len):
        node = tree
        for step in place[:-1]:
            inner = node.setdefault(step, {})
            if inner is None:
                break
            node = inner
        else:
            node[place[-1]] = None
    return tree


@dataclass(frozen=True, slots=True)
class _Salvage:
    """Makes of values with faults what is sound of them."""

    day: dt.date

    def model(self, shape: type[_M], values: Mapping[str, Any], faults: _Faults) -> _M:
        """The shape with every sound value, and for each other its default or an empty one."""
        found: dict[str, Any] = {}
        blank = shape.model_construct()
        for name, known in shape.model_fields.items():
            if name in values and name not in faults:
                found[name] = _valid(blank, name, values[name])
            elif name in values and (within := faults[name]):
                found[name] = self._partly(known.annotation, values[name], within)
            elif known.is_required():
                found[name] = self._empty(known.annotation)
            else:
                found[name] = known.get_default(call_default_factory=True)
        return shape.model_construct(**found)

    def _partly(self, annotation: Any, value: Any, faults: _Faults) -> Any:  # noqa: ANN401
        """A list with its items in their places, or a mapping."""
        shape = _model_in(annotation)
        if isinstance(value, dict) and shape is not None:
            return self.model(shape, value, faults)
        if not isinstance(value, list):
            return self._empty(annotation)
        kind = get_args(annotation)[0]
        adapter: TypeAdapter[Any] = TypeAdapter(kind)
        return [
            self._item(kind, item, faults[place]) if place in faults else adapter.validate_python(item, strict=True)
            for place, item in enumerate(value)
        ]

    def _item(self, kind: Any, value: Any, faults: _Faults | None) -> Any:  # noqa: ANN401
        if faults is not None:
            return self._partly(kind, value, faults)
        shape = _model_in(kind)
        return self.model(shape, {}, {}) if shape is not None else self._empty(kind)

    def _empty(self, annotation: Any) -> Any:  # noqa: ANN401
        """A value of the kind that says nothing."""
        kinds = {annotation, *get_args(annotation)}
        if type(None) in kinds:
            return None
        if dt.date in kinds:
            return self.day
        if get_origin(annotation) is list:
            return []
        return 0 if int in kinds else ""


def _valid(blank: BaseModel, name: str, value: object) -> object:
    """One value, validated by itself; the others of its mapping may have faults."""
    return getattr(type(blank).__pydantic_validator__.validate_assignment(blank, name, value), name)


def _problem(shape: type[BaseModel], document: Document, found: Any) -> Problem:  # noqa: ANN401 - ErrorDetails varies by type
    path: Path = tuple(found["loc"])
    inner, description, is_required = _shape_at(shape, path)
    what, hint = saying(found, inner, str(path[-1]) if path else "")
    if what == EMPTY and not hint and not is_required:
        hint = f"write {description}, or remove the key"
    return Problem(document.path, printable(what), printable(hint or description), field_of(path), document.line(path))


def _shape_at(shape: type[BaseModel], path: Path) -> tuple[type[BaseModel], str, bool]:
    """The shape that holds the last key of a path (or is its value), that key's description, and whether it must be."""
    description, is_required = "", True
    for part in path:
        if isinstance(part, int) or part not in shape.model_fields:
            continue
        known = shape.model_fields[part]
        description, is_required = known.description or "", known.is_required()
        shape = _model_in(known.annotation) or shape
    return shape, description, is_required


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
