"""YAML -> plain values, each with its line, in one pass over the event stream.

YAML's loader is not used: aliases, tags and nesting deeper than 32 levels are refused before any value is built, since a
small file of either can exhaust memory or crash the recursive loader of the C parser. Dates stay text. A scalar that YAML 1.1
does not read as the text it looks like becomes an `Unquoted`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from briefing.content.frontmatter.yaml_errors import fault_of
from briefing.errors import Problem, Weight

MAX_DEPTH: Final = 32
MOST: Final = 20
CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")

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
    """The values of a front matter, and the line of every key and list item by its path.

    whole: false if reading stopped before the end, so that a missing key may come later.
    """

    mapping: dict[str, Any] = field(default_factory=dict)
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    whole: bool = True


class _RefusedError(Exception):
    """The rest of the text cannot be read; the problem says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what)
        self.problem = problem


def read_yaml(text: str, path: str, first_line: int) -> Values:
    """The mapping in `text`, and every problem of YAML itself.

    A value that only needs quotes is reported, and read as if it had them, so that it does not hide later problems.
    """
    quoted: dict[int, Problem] = {}
    while True:
        values, problem, fixed = _read_once(text, path, first_line)
        if problem is None or fixed is None or problem.line in quoted or len(quoted) == MOST:
            break
        quoted[problem.line] = problem
        text = fixed
    if problem is not None:
        values.problems.append(problem)
        values.whole = False
    values.problems[:0] = quoted.values()
    return values


def _read_once(text: str, path: str, first_line: int) -> tuple[Values, Problem | None, str | None]:
    """The values, the problem that stopped the reading, and the text with quotes on that line if they fix it."""
    values = Values()
    reader = _EventReader(path, first_line, values, text.split("\n"))
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            reader.take(event)
    except _RefusedError as refused:
        reader.leave_out_unfinished()
        return values, refused.problem, None
    except yaml.YAMLError as error:
        fault = fault_of(error, text, reader.quoted)
        reader.leave_out_unfinished(fault.line)
        return values, Problem(path, fault.what, fault.hint, fault.field, first_line + fault.line), fault.fixed
    return values, None, None


class _EventReader:
    """Builds values from YAML events, on a stack of containers with their paths, and of pending keys."""

    def __init__(self, path: str, first_line: int, values: Values, lines: list[str]) -> None:
        self._path = path
        self._lines = lines
        self._first = first_line
        self._values = values
        self._stack: list[tuple[dict[str, Any] | list[Any], Path]] = []
        self._key: list[str | None] = []
        self.quoted = (-1, -1)  # the first and last line, from 0, of the last quoted text
        self._last: tuple[Path, int] = (), -1  # the place of the last scalar value, and its last line

    def leave_out_unfinished(self, line: int = -1) -> None:
        """Remove the value that was being read, or its last item, when reading stops on a line."""
        place, ended = self._last
        if ended == line and len(place) == 1:
            self._values.mapping.pop(str(place[0]), None)
        if len(self._stack) > 1:
            container, top = self._stack[1]
            if isinstance(container, list) and container:
                container.pop()
            else:
                self._values.mapping.pop(str(top[0]), None)

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
            self._refuse(
                event, f"`*{str(event.anchor)[:40]}` is a YAML alias", "write the value itself, or quote the text"
            )
            self._scalar(yaml.ScalarEvent(None, None, (False, True), "*", event.start_mark, event.end_mark))

    def _refused(self, event: Any, what: str, hint: str) -> _RefusedError:  # noqa: ANN401
        field = field_of(self._place() or ()).rstrip(".")
        return _RefusedError(Problem(self._path, printable(what), hint, field, self._line(event)))

    def _refuse(self, event: Any, what: str, hint: str) -> None:  # noqa: ANN401
        """Report it and continue; so many of them are an attack, not a mistake."""
        refused = self._refused(event, what, hint)
        if len(self._values.problems) >= MOST:
            raise refused
        self._values.problems.append(refused.problem)

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
            self._refuse(event, f"`{event.tag[:40]}` is a YAML tag", "write a plain value, or quote the text")
        if len(self._stack) >= MAX_DEPTH:
            raise self._refused(event, "is nested more than 32 levels deep", "reduce the nesting")
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
        if event.anchor is not None:
            self._refuse(event, f"`&{str(event.anchor)[:40]}` is a YAML anchor", "quote the text")
        if event.tag is not None and event.tag != "!":
            self._refuse(event, f"`{event.tag[:40]}` is a YAML tag", "write a plain value, or quote the text")
        if not self._stack:
            raise self._refused(event, f"the front matter is not a mapping: `{text[:40]}`", "write `key: value` lines")
        container, path = self._stack[-1]
        if isinstance(container, dict) and self._key[-1] is None:
            place: Path = (*path, text)
            self._begin(text, place, container, self._line(event))
        else:
            place = self._place() or ()
            self._put(_typed(text) if event.implicit[0] else text, place, event)
            self._last = place, event.end_mark.line
            if event.implicit[0]:
                self._check_end(place, event)
        if event.style in {"'", '"'}:
            self.quoted = event.start_mark.line, event.end_mark.line
        control = CONTROL.search(text)
        if control:
            what = f"contains the control character U+{ord(control[0]):04X}"
            self._values.problems.append(Problem(self._path, what, "remove it", field_of(place), self._line(event)))

    def _check_end(self, place: Path, event: Any) -> None:  # noqa: ANN401
        """Report plain text that YAML ends at a `#`, which is rarely intended."""
        line = self._lines[event.end_mark.line] if event.end_mark.line < len(self._lines) else ""
        rest = line[event.end_mark.column :]
        is_meant = rest.startswith(" # ") and " " not in event.value
        if rest.startswith(" #") and not is_meant:
            cut = printable(line[event.end_mark.column + 1 :][:40])
            what = f"ends before `{cut}`, which YAML reads as a comment"
            hint = "quote the text, or put two spaces before the # if it is a comment"
            line_number = self._first + event.end_mark.line
            self._values.problems.append(Problem(self._path, what, hint, field_of(place), line_number, Weight.WARNING))

    def _begin(self, key: str, place: Path, container: dict[str, Any], line: int) -> None:
        """A key of a mapping; its value comes next."""
        if key in container:
            what = f"`{printable(key)}` appears twice (first on line {self._values.lines[place]})"
            self._values.problems.append(Problem(self._path, what, "remove one", field_of(place), line))
        self._key[-1] = key
        self._values.lines[place] = line

    def _put(self, value: object, place: Path, event: Any) -> None:  # noqa: ANN401
        container = self._stack[-1][0]
        if isinstance(container, list):
            container.append(value)
            self._values.lines[place] = self._line(event)
        else:
            container[str(place[-1])] = value
            self._key[-1] = None


def field_of(place: Path) -> str:
    """A path as messages show it: dotted, list items counted from 1."""
    return printable(".".join(str(step + 1) if isinstance(step, int) else step for step in place))


def printable(text: str) -> str:
    """The text on one line, with unprintable characters replaced."""
    return CONTROL.sub("\ufffd", " ".join(text.split()))


def _typed(text: str) -> object:
    tag = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False)).rpartition(":")[2]  # type: ignore[no-untyped-call]
    if tag in {"str", "timestamp", "merge", "value"}:
        return text
    if tag == "null":
        return None
    if tag == "bool":
        if text in _TRUE | _FALSE:
            return Unquoted(text, f"the boolean {text.lower()}", text in _TRUE)
        reads = "true" if text.lower() in {"yes", "on", "y"} else "false"
        return Unquoted(text, f"the boolean {reads}", reads == "true")
    if tag == "int" and re.fullmatch(r"[-+]?(?:0|[1-9][0-9]*)", text) and len(text) < 20:  # noqa: PLR2004
        return Unquoted(text, "a number", int(text))
    return Unquoted(text, "a number")
