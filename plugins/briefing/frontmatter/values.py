"""YAML -> plain values, each with its line, in one pass over the event stream.

Nothing is loaded: aliases, tags and nesting deeper than 32 are refused before any value is built, since a
small file of either can exhaust memory or crash the C parser's recursive loader. Dates stay text; what
YAML 1.1 reads as something else than it looks like stays an `Unquoted`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from briefing.errors import Problem

MAX_DEPTH: Final = 32
MAX_MENDED: Final = 20
CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029\ufffe\uffff]")

_RESOLVER: Final = yaml.SafeLoader("")
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TRUE: Final = {"true", "True", "TRUE"}
_FALSE: Final = {"false", "False", "FALSE"}

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Unquoted:
    """A plain scalar that YAML 1.1 does not read as the text it looks like: `No`, `2026`, `12:30`."""

    written: str
    reads_as: str
    value: object = None


@dataclass(slots=True)
class Values:
    """A front matter's values, and the line of every key and list item by its path.

    `whole` is false where reading stopped before the end: what is missing then may only not have been reached.
    """

    mapping: dict[str, Any] = field(default_factory=dict)
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    whole: bool = True


class _RefusedError(Exception):
    """The text cannot be read on: the problem says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what)
        self.problem = problem


def read_yaml(text: str, path: str, first_line: int) -> Values:
    """The mapping that `text` holds, and every problem of YAML itself.

    A value that only lacks its quotes is reported and read as if it had them, so that it hides no later problem.
    """
    unquoted: list[Problem] = []
    while True:
        values, problem, mended = _read_once(text, path, first_line)
        if problem is None or mended is None or len(unquoted) == MAX_MENDED:
            break
        unquoted.append(problem)
        text = mended
    if problem is not None:
        values.problems.append(problem)
        values.whole = False
    values.problems[:0] = unquoted
    return values


def _read_once(text: str, path: str, first_line: int) -> tuple[Values, Problem | None, str | None]:
    """The values, what stopped the reading, and the text with that line quoted where quoting mends it."""
    values = Values()
    reader = _Reader(path, first_line, values)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            reader.take(event)
    except _RefusedError as refused:
        return values, refused.problem, None
    except yaml.YAMLError as error:
        return values, _yaml_problem(error, text, path, first_line), _quoted(error, text)
    return values, None, None


def _quoted(error: yaml.YAMLError, text: str) -> str | None:
    """The text with quotes around the value on the line that the error marks; None where that is no remedy."""
    what, mark = getattr(error, "problem", None) or "", getattr(error, "problem_mark", None)
    if mark is None or not ("mapping values are not allowed" in what or "cannot start any token" in what):
        return None
    lines = text.split("\n")
    match = re.fullmatch(r"(\s*(?:- )*[\w-]+: +)(\S.*)", lines[mark.line]) if mark.line < len(lines) else None
    if match is None:
        return None
    lines[mark.line] = match[1] + "'" + match[2].replace("'", "''") + "'"
    return "\n".join(lines)


class _Reader:
    """Builds values from YAML events with a stack of its own: (container, its path, pending key)."""

    def __init__(self, path: str, first_line: int, values: Values) -> None:
        self._path = path
        self._first = first_line
        self._values = values
        self._stack: list[tuple[dict[str, Any] | list[Any], Path]] = []
        self._key: list[str | None] = []

    def take(self, event: Any) -> None:  # noqa: ANN401 - PyYAML's events are untyped
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._open({}, event)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._open([], event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._stack.pop()
            self._key.pop()
        elif isinstance(event, yaml.AliasEvent):
            raise self._refused(event, f"`*{event.anchor}` is a YAML alias", "write the value out")

    def _refused(self, event: Any, what: str, hint: str) -> _RefusedError:  # noqa: ANN401
        field = ".".join(map(_said, self._place() or ()))
        return _RefusedError(Problem(self._path, what, hint, field, self._line(event)))

    def _line(self, event: Any) -> int:  # noqa: ANN401
        return self._first + int(event.start_mark.line)

    def _place(self) -> Path | None:
        """Where the next value goes; None at the top."""
        if not self._stack:
            return None
        container, path = self._stack[-1]
        return (*path, len(container)) if isinstance(container, list) else (*path, self._key[-1] or "")

    def _open(self, container: dict[str, Any] | list[Any], event: Any) -> None:  # noqa: ANN401
        if event.tag is not None:
            raise self._refused(event, f"`{event.tag}` is a YAML tag", "write a plain value")
        if len(self._stack) >= MAX_DEPTH:
            raise self._refused(event, "nests deeper than 32", "flatten it")
        if isinstance(self._stack[-1][0] if self._stack else None, dict) and self._key[-1] is None:
            raise self._refused(
                event, "a key is itself a list or mapping", "write `key: value`; quote braces and brackets in text"
            )
        place = self._place()
        if place is None:
            if isinstance(container, list):
                raise self._refused(event, "the front matter is a list", "write `key: value` lines")
            self._values.mapping = container
        else:
            self._put(container, place, event)
        self._stack.append((container, place or ()))
        self._key.append(None)

    def _scalar(self, event: Any) -> None:  # noqa: ANN401
        text: str = event.value
        if event.tag is not None and event.tag != "!":
            raise self._refused(event, f"`{event.tag}` is a YAML tag", "write a plain value")
        if not self._stack:
            raise self._refused(event, f"the front matter is no mapping: `{text[:40]}`", "write `key: value` lines")
        container, path = self._stack[-1]
        if isinstance(container, dict) and self._key[-1] is None:
            self._key[-1] = text
            line = self._line(event)
            if text in container:
                said = ".".join(map(_said, (*path, text)))
                what = f"`{text}` stands twice (first on line {self._values.lines[(*path, text)]})"
                self._values.problems.append(Problem(self._path, what, "keep one", said, line))
            self._values.lines[(*path, text)] = line
            return
        plain = event.implicit[0]
        place = self._place() or ()
        self._put(_typed(text) if plain else text, place, event)
        control = CONTROL.search(text)
        if control:
            said = ".".join(map(_said, place))
            what = f"holds the control character U+{ord(control[0]):04X}"
            self._values.problems.append(Problem(self._path, what, "remove it", said, self._line(event)))

    def _put(self, value: object, place: Path, event: Any) -> None:  # noqa: ANN401
        container = self._stack[-1][0]
        if isinstance(container, list):
            container.append(value)
            self._values.lines[place] = self._line(event)
        else:
            container[str(place[-1])] = value
            self._key[-1] = None


def _said(part: str | int) -> str:
    """A step of a path as it is printed: list items count from 1."""
    return str(part + 1) if isinstance(part, int) else part


def _typed(text: str) -> object:
    tag = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False)).rpartition(":")[2]  # type: ignore[no-untyped-call]
    if tag in {"str", "timestamp", "merge", "value"}:
        return text
    if tag == "null":
        return None
    if tag == "bool":
        if text in _TRUE | _FALSE:
            return Unquoted(text, f"the truth value {text.lower()}", text in _TRUE)
        reads = "true" if text.lower() in {"yes", "on", "y"} else "false"
        return Unquoted(text, f"the truth value {reads}", reads == "true")
    if tag == "int" and re.fullmatch(r"[-+]?(?:0|[1-9][0-9]*)", text) and len(text) < 20:  # noqa: PLR2004
        return Unquoted(text, "a number", int(text))
    return Unquoted(text, "a number")


def _yaml_problem(error: yaml.YAMLError, text: str, path: str, first_line: int) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = getattr(error, "problem", None) or str(error)
    number = mark.line if mark is not None else 0
    lines = text.split("\n")
    written = lines[number] if number < len(lines) else ""
    key = re.match(r"\s*(?:- )?([\w-]+):", written)
    field = key[1] if key else ""
    line = first_line + number
    if "mapping values are not allowed" in what:
        value = written.partition(":")[2].strip()
        return Problem(
            path, "holds a colon that YAML takes for a key", f'quote it: {field or "key"}: "{value[:60]}"', field, line
        )
    if "cannot start any token" in what:
        if "\t" in written[: mark.column + 1 if mark else None]:
            return Problem(path, "is indented with a tab", "indent with spaces", field, line)
        return Problem(path, f"starts with a character that YAML reserves: {what}", "quote the value", field, line)
    context = getattr(error, "context", None)
    if "quoted scalar" in str(context):
        begun = getattr(error, "context_mark", None)
        opened = first_line + begun.line if begun else line
        return Problem(path, "a quoted text is not closed", 'close the quote, or write \\" within it', field, opened)
    return Problem(path, f"is not valid YAML: {what}", "mend the line; quote texts with signs in them", field, line)
