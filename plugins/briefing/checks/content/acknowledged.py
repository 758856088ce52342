"""Warnings that a story or an issue acknowledges, and acknowledgements without a warning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from briefing.errors import Problem, Weight, errors_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from briefing.content.library import Library
    from briefing.content.model import Issue, Story


def unacknowledged(problems: Sequence[Problem], library: Library) -> list[Problem]:
    """The problems that no story or issue acknowledges, and a warning for each unused acknowledgement."""
    texts: tuple[Story | Issue, ...] = (*library.stories, *library.issues)
    accepted = {(text.path, one.check) for text in texts for one in text.acknowledged if one.check}
    found = {(problem.path, problem.check) for problem in problems}
    # A file with errors was not checked in full.
    faulty = {problem.path for problem in errors_of(problems)}
    unused = [problem for text in texts if text.path not in faulty for problem in _unused(text, found)]
    return [*(one for one in problems if (one.path, one.check) not in accepted), *library.located(unused)]


def _unused(text: Story | Issue, found: Collection[tuple[str, str]]) -> Iterator[Problem]:
    named: set[str] = set()
    for number, one in enumerate(text.acknowledged, start=1):
        what = f"`{one.check}` is acknowledged twice" if one.check in named else ""
        what = what or ("" if (text.path, one.check) in found else f"there is no `{one.check}` warning to acknowledge")
        named.add(one.check)
        if what:
            yield Problem(text.path, what, "remove this item", f"acknowledged.{number}.check", weight=Weight.WARNING)
