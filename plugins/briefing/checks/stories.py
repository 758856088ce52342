"""What a story must say for itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from briefing.errors import Problem, Weight
from briefing.model import Kind, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.library import Library
    from briefing.model import Story

TODO: Final = "TODO"


def find(library: Library) -> Iterator[Problem]:
    """Sentiment without reason, sources without address or note, dates out of order, TODOs left."""
    for story in library.stories:
        yield from _judgement(story)
        yield from _dates(story)
        yield from _todos(story)
        for number, source in enumerate(story.sources, start=1):
            if source.url is None and not source.note:
                hint = "say in `note` where it was read"
                yield Problem(story.path, "has neither address nor note", hint, f"sources.{number}.url")


def _judgement(story: Story) -> Iterator[Problem]:
    if story.sentiment and story.kind is Kind.MAIN and not story.sentiment_reason:
        hint = f"say in a sentence why it is {story.sentiment}"
        yield Problem(
            story.path, "is missing: a main story gives the reason for its sentiment", hint, "sentiment_reason"
        )
    if story.sentiment_reason and not story.sentiment:
        yield Problem(story.path, "is missing: there is a `sentiment_reason`", "write the sentiment too", "sentiment")
    if story.assisted and not story.reviewed_by and story.status is not Status.DRAFT:
        hint = "name the curator who checked it"
        yield Problem(story.path, "is missing: a machine drafted this story", hint, "reviewed_by")


def _dates(story: Story) -> Iterator[Problem]:
    day = f"{story.date:%Y-%m-%d}"
    if re.match(r"\d{4}-\d{2}-\d{2}-", story.id) and not story.id.startswith(day):
        hint = "rename the file, or mend the date"
        yield Problem(
            story.path,
            f"{day} is not the date in the file's name",
            hint,
            "date",
            weight=Weight.WARNING,
            check="date-in-name",
        )
    if story.modified and story.modified.date() < story.date.date():
        yield Problem(
            story.path, f"{story.modified:%Y-%m-%d} lies before the story's date", "mend one of them", "modified"
        )
    for number, correction in enumerate(story.corrections, start=1):
        if correction.date < story.date.date():
            what = f"{correction.date} lies before the story's date"
            yield Problem(story.path, what, "mend one of them", f"corrections.{number}.date")


def _todos(story: Story) -> Iterator[Problem]:
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
    weight = Weight.WARNING if story.status is Status.DRAFT else Weight.ERROR
    for field, text in texts:
        if text.startswith(TODO):
            yield Problem(story.path, "holds a TODO", "write it, or remove the key", field, weight=weight)
    for line in story.body.todos:
        yield Problem(story.path, "holds a TODO", "write it, or remove the line", "body", line, weight)
