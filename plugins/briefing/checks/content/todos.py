"""Texts that begin with TODO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from briefing.content.frontmatter.keys import shown_texts
from briefing.content.frontmatter.values import field_of
from briefing.content.model import Status
from briefing.errors import Problem, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.content.library import Library
    from briefing.content.model import Issue, Page, Story

TODO: Final = "TODO"


def find(library: Library) -> Iterator[Problem]:
    """TODOs left in stories, issues and pages: a warning in a draft, an error in what readers would see."""
    items: tuple[Story | Issue | Page, ...] = (*library.stories, *library.issues, *library.pages)
    for item in items:
        yield from _found(item)


def _found(item: Story | Issue | Page) -> Iterator[Problem]:
    weight = Weight.WARNING if item.status is Status.DRAFT else Weight.ERROR
    for place, text in shown_texts(item):
        if text.startswith(TODO):
            yield Problem(item.path, "contains a TODO", "replace it, or remove the key", field_of(place), weight=weight)
    for line in item.body.todos:
        yield Problem(item.path, "contains a TODO", "replace it, or remove the line", "body", line, weight)
