"""Checks of a Library, one module for each subject. Each yields problems; their lines are added afterwards."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from briefing.checks.content.acknowledged import unacknowledged
from briefing.checks.content.aliases import find as find_in_aliases
from briefing.checks.content.doubtful_urls import find as find_doubtful
from briefing.checks.content.duplicates import find as find_repeats
from briefing.checks.content.issues import find as find_in_issues
from briefing.checks.content.links import find as find_in_links
from briefing.checks.content.names import find as find_in_names
from briefing.checks.content.output_paths import find as find_in_addresses
from briefing.checks.content.references import find as find_in_references
from briefing.checks.content.sent_issues import find as find_in_sent
from briefing.checks.content.stories import find as find_in_stories
from briefing.checks.content.todos import find as find_todos
from briefing.content.library import read_library
from briefing.errors import Problem, ProblemsFoundError, in_order
from briefing.settings import FILE, SettingsFaultyError, load

if TYPE_CHECKING:
    from pathlib import Path

    from briefing.content.library import Library
    from briefing.settings import Settings

_RULES = (
    find_in_names,
    find_in_addresses,
    find_in_aliases,
    find_in_references,
    find_in_stories,
    find_in_issues,
    find_in_sent,
    find_todos,
    find_doubtful,
    find_repeats,
)


def checked_settings(root: Path) -> Settings:
    """The settings of the publication in `root`.

    Raises ProblemsFoundError with every error in them. If they are complete enough to read the content, the error
    includes its problems too, so that a mistake in `pelicanconf.py` hides none in a story.
    """
    try:
        return load(root)
    except SettingsFaultyError as found:
        more = find_problems(read_library(found.sound)) if found.sound else ()
        left_out = {_option(problem) for problem in found.problems}
        own = (problem for problem in more if problem.path != FILE or _option(problem) not in left_out)
        raise ProblemsFoundError([*found.problems, *own]) from None


def _option(problem: Problem) -> str:
    """The option that a problem is about. If part of an option is wrong, all of it counts as not set."""
    return ".".join(problem.field.split(".")[:2])


def find_problems(library: Library, today: dt.date = dt.date.max) -> tuple[Problem, ...]:
    """Every problem of a publication, from reading it and from the checks, with lines, in order.

    `today` decides which scheduled stories a link can lead to; by default, all of them. Warnings that a story or an
    issue acknowledges are left out.
    """
    found = [problem for rule in _RULES for problem in rule(library)]
    found += find_in_links(library, today)
    return in_order(unacknowledged([*library.problems, *library.located(found)], library))
