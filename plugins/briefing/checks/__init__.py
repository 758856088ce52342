"""Rules over a Library, one file a subject: each takes the Library and yields problems, lines still open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from briefing.checks import addresses, issues, links, references, stories
from briefing.errors import Problem, in_order

if TYPE_CHECKING:
    from briefing.library import Library

_RULES = (addresses.find, references.find, stories.find, issues.find, links.find)


def find_problems(library: Library) -> tuple[Problem, ...]:
    """Every problem of a publication: those of reading and those of the rules, with their lines, in order."""
    found = [problem for rule in _RULES for problem in rule(library)]
    return in_order([*library.problems, *library.located(found)])
