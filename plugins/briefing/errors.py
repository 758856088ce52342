"""The errors of this program, and the Problem: something wrong in a file that a person wrote."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


Check = Literal[
    "bare-address",
    "copied-story",
    "date-in-name",
    "heading-order",
    "later-link",
    "link-ending",
    "markdown-shown",
    "mixed-scripts",
    "repeated-link",
    "tracking",
]
"""The names of the warnings that a story or an issue can acknowledge."""


class Weight(StrEnum):
    """How much a problem matters: only errors stop a command or make it exit 1."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a file.

    path: relative to the publication's root, with forward slashes.
    what: what is wrong. hint: what to do about it.
    field: the key concerned, dotted (`sources.1.url`, list items counted from 1), or `body`.
    line: counted from 1; 0 if unknown.
    check: the name by which a story or an issue can acknowledge the problem; "" if none can.
    """

    path: str
    what: str
    hint: str
    field: str = ""
    line: int = 0
    weight: Weight = Weight.ERROR
    check: Check | Literal[""] = ""

    def __str__(self) -> str:
        """`path:line: field: what; hint`, followed by ` (warning)` or ` (warning: check)` if it is a warning."""
        field = f"{self.field}: " if self.field else ""
        tail = f"; {self.hint}" if self.hint else ""
        name = f": {self.check}" if self.check else ""
        weight = f" (warning{name})" if self.weight is Weight.WARNING else ""
        return f"{self.path}:{max(self.line, 1)}: {field}{self.what}{tail}{weight}"


class Fault(NamedTuple):
    """What is wrong with a value, and what to do: a Problem that does not know its place yet."""

    what: str
    hint: str


class InvalidValueError(ValueError):
    """A value cannot be used. `what` is wrong; `hint`: what to do, "" if that depends on where the value is."""

    def __init__(self, what: str, hint: str = "") -> None:
        """Keep both apart; as text they are one line."""
        super().__init__(f"{what}; {hint}" if hint else what)
        self.what, self.hint = what, hint


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems in the order they are printed: by file, line and field, errors before warnings, without duplicates."""
    return tuple(sorted(set(problems), key=_sort_key))


def _sort_key(problem: Problem) -> tuple[object, ...]:
    is_warning = problem.weight is Weight.WARNING
    return problem.path, problem.line, problem.field, is_warning, problem.what, problem.hint, problem.check


def errors_of(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Only the problems that stop a command."""
    return tuple(p for p in problems if p.weight is Weight.ERROR)


def one_of(choices: Iterable[str]) -> str:
    """`A, B or C`, for a message that lists what to choose from."""
    *others, last = choices
    return f"{', '.join(others)} or {last}" if others else last


def counted(problems: Iterable[Problem]) -> str:
    """`2 errors, 1 warning`, without a weight that has none; `no problems` if there are none."""
    found = Counter(problem.weight for problem in problems)
    numbers = [(found[weight], str(weight)) for weight in Weight if found[weight]]
    return ", ".join(f"{number:,} {name}{'' if number == 1 else 's'}" for number, name in numbers) or "no problems"


class BriefingError(Exception):
    """An error that the user can fix, explained in one sentence. Exit code 1."""


class ProblemsFoundError(BriefingError):
    """A command stopped because of problems in files; `problems` contains all of them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems in the order in which they are printed."""
        self.problems = in_order(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type[ProblemsFoundError], tuple[tuple[Problem, ...]]]:
        """Pickle the problems, not their text."""
        return type(self), (self.problems,)


class WrongUseError(BriefingError):
    """The command was called incorrectly. Exit code 2."""
