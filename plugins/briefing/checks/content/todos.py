"""Texts that begin with TODO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from briefing.content.model import Status
from briefing.errors import Problem, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.content.library import Library
    from briefing.content.model import Issue, Page, Story

TODO: Final = "TODO"


def find(library: Library) -> Iterator[Problem]:
    """TODOs in stories, issues and pages: a warning in a draft, otherwise an error."""
    for story in library.stories:
        yield from _found(story, _texts_of_story(story))
    for issue in library.issues:
        yield from _found(issue, _texts_of_issue(issue))
    for page in library.pages:
        yield from _found(page, [("title", page.title), ("summary", page.summary)])


def _found(item: Story | Issue | Page, texts: list[tuple[str, str]]) -> Iterator[Problem]:
    weight = Weight.WARNING if item.status is Status.DRAFT else Weight.ERROR
    for field, text in texts:
        if text.startswith(TODO):
            yield Problem(item.path, "contains a TODO", "replace it, or remove the key", field, weight=weight)
    for line in item.body.todos:
        yield Problem(item.path, "contains a TODO", "replace it, or remove the line", "body", line, weight)


def _texts_of_story(story: Story) -> list[tuple[str, str]]:
    texts = [("title", story.title), ("summary", story.summary), ("topic", story.topic)]
    texts += [("sentiment_reason", story.sentiment_reason), ("why_it_matters", story.why_it_matters)]
    texts += [(f"key_questions.{number}", text) for number, text in enumerate(story.key_questions, start=1)]
    texts += [(f"tags.{number}", text) for number, text in enumerate(story.tags, start=1)]
    for number, source in enumerate(story.sources, start=1):
        parts = {
            "name": source.name,
            "title": source.title,
            "author": source.author,
            "via": source.via,
            "note": source.note,
        }
        texts += [(f"sources.{number}.{key}", text) for key, text in parts.items()]
    if story.image:
        texts += [("image.alt", story.image.alt), ("image.caption", story.image.caption)]
    return texts


def _texts_of_issue(issue: Issue) -> list[tuple[str, str]]:
    texts = [("title", issue.title), ("subject", issue.subject), ("preheader", issue.preheader), ("lead", issue.lead)]
    for number, section in enumerate(issue.sections, start=1):
        texts.append((f"sections.{number}.title", section.title))
        texts += [(f"sections.{number}.stories.{place}", story) for place, story in enumerate(section.stories, start=1)]
    for number, link in enumerate(issue.links, start=1):
        texts += [(f"links.{number}.title", link.title), (f"links.{number}.note", link.note)]
    return texts
