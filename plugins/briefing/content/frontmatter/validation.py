"""Values -> a validated shape and every problem."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from briefing.content.frontmatter.field_types import EMPTY
from briefing.content.frontmatter.keys import FrontMatter, adapter_of, keys_of
from briefing.content.frontmatter.messages import explain
from briefing.content.frontmatter.values import field_of, printable
from briefing.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from briefing.content.frontmatter.document import Document
    from briefing.content.frontmatter.values import Path

_S = TypeVar("_S", bound=FrontMatter)
_NO_DAY = dt.date(2000, 1, 1)
_NAMES = (("%Y-%m-%d", r"\d{4}-\d{2}-\d{2}", ""), ("%G-w%V-%u", r"\d{4}-w\d{2}", "-7"))
_ErrorTree = dict[str | int, "_ErrorTree | None"]
"""Where errors are: None for a value that is wrong itself, a tree for one that contains wrong values."""


def validate(shape: type[_S], document: Document) -> tuple[_S, list[Problem]]:
    """The document's front matter in its shape, and every problem.

    A wrong value is replaced by an empty value of its type, a date by the date in the file's name. Everything else is
    kept, so that one mistake does not hide those that only show when files are compared. Build only what has no errors.
    """
    try:
        return adapter_of(shape).validate_python(document.values), []
    except ValidationError as error:
        errors = _without_consequences(error.errors())
        salvaged = _Salvage(_day_in(document.path)).shape(shape, document.values, _tree(errors))
        reported = [one for one in errors if document.whole or one["type"] != "missing"]
        return salvaged, [_problem(shape, document, one) for one in reported]


def _day_in(path: str) -> dt.date:
    """The day in a file's name, or the last day of the week in it."""
    for form, pattern, tail in _NAMES:
        match = re.match(pattern, path.rpartition("/")[2])
        try:
            return dt.datetime.strptime(match[0] + tail if match else "", form).date()  # noqa: DTZ007 - days have no zone
        except ValueError:
            continue
    return _NO_DAY


def _without_consequences(errors: list[Any]) -> list[Any]:
    """The errors without lists that are only too short because their items are wrong."""
    places = {error["loc"][:length] for error in errors for length in range(len(error["loc"]))}
    return [error for error in errors if error["type"] != "too_short" or error["loc"] not in places]


def _tree(errors: Iterable[Any]) -> _ErrorTree:
    """The places of errors, those of outer values before those within them."""
    tree: _ErrorTree = {}
    for place in sorted((error["loc"] for error in errors), key=len):
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
    """Makes a shape from values of which some are wrong."""

    day: dt.date

    def shape(self, shape: type[_S], values: Mapping[str, Any], errors: _ErrorTree) -> _S:
        """The shape with every valid value; each other is its default, or empty."""
        found: dict[str, Any] = {}
        for name, key in keys_of(shape).items():
            if name in values and name not in errors:
                found[name] = _valid(key.annotation, values[name])
            elif name in values and (within := errors[name]):
                found[name] = self._partly(key.annotation, values[name], within)
            else:
                found[name] = self._empty(key.annotation) if key.is_required else key.default
        return shape(**found)

    def _partly(self, annotation: Any, value: Any, errors: _ErrorTree) -> Any:  # noqa: ANN401
        """A list with its items in their places, or a mapping."""
        shape = _shape_in(annotation)
        if isinstance(value, dict) and shape is not None:
            return self.shape(shape, value, errors)
        if not isinstance(value, list):
            return self._empty(annotation)
        kind = get_args(_bare(annotation))[0]
        return tuple(
            self._item(kind, item, errors[place]) if place in errors else _valid(kind, item)
            for place, item in enumerate(value)
        )

    def _item(self, kind: Any, value: Any, errors: _ErrorTree | None) -> Any:  # noqa: ANN401
        if errors is not None:
            return self._partly(kind, value, errors)
        shape = _shape_in(kind)
        return self.shape(shape, {}, {}) if shape is not None else self._empty(kind)

    def _empty(self, annotation: Any) -> Any:  # noqa: ANN401
        """An empty value of a type."""
        bare = _bare(annotation)
        kinds = (bare, *get_args(bare))
        if type(None) in kinds:
            return None
        if dt.date in kinds:
            return self.day
        if get_origin(bare) is tuple:
            return ()
        return 0 if int in kinds else ""


def _valid(annotation: Any, value: object) -> object:  # noqa: ANN401
    """One value, read by itself; the others of its mapping may be wrong."""
    adapter: TypeAdapter[object] = TypeAdapter(annotation)
    return adapter.validate_python(value)


def _problem(shape: type[FrontMatter], document: Document, error: Any) -> Problem:  # noqa: ANN401 - ErrorDetails varies by type
    path: Path = tuple(error["loc"])
    inner, description, is_required = _shape_at(shape, path)
    what, hint = explain(error, keys_of(inner), str(path[-1]) if path else "")
    if not hint:
        remove = "" if is_required or what != EMPTY else ", or remove the key"
        hint = f"write {description}{remove}"
    return Problem(document.path, printable(what), printable(hint), field_of(path), document.line(path))


def _shape_at(shape: type[FrontMatter], path: Path) -> tuple[type[FrontMatter], str, bool]:
    """The shape that contains the last key of a path (or is its value), that key's description, and whether it is required."""
    description, is_required = "", True
    for part in path:
        known = None if isinstance(part, int) else keys_of(shape).get(part)
        if known is not None:
            description, is_required = known.description, known.is_required
            shape = _shape_in(known.annotation) or shape
    return shape, description, is_required


def _shape_in(annotation: object) -> type[FrontMatter] | None:
    if isinstance(annotation, type) and issubclass(annotation, FrontMatter):
        return annotation
    return next(filter(None, map(_shape_in, get_args(annotation))), None)


def _bare(annotation: Any) -> Any:  # noqa: ANN401
    """A type without what `Annotated` adds to it."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
