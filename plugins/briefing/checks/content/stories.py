"""Sentiment, sources, review and dates of stories."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from briefing.content.model import Kind, Status
from briefing.errors import Problem, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.content.library import Library
    from briefing.content.model import Story


def find(library: Library) -> Iterator[Problem]:
    """Missing reasons, sources without address or note, missing reviews, and dates out of order."""
    for story in library.stories:
        yield from _judgement(story)
        yield from _dates(story)
        for number, source in enumerate(story.sources, start=1):
            if source.url is None and not source.note:
                hint = "write its address in `url`, or say in `note` where you read it"
                yield Problem(story.path, "has neither `url` nor `note`", hint, f"sources.{number}.url")


def _judgement(story: Story) -> Iterator[Problem]:
    if story.sentiment and story.kind is Kind.MAIN and not story.sentiment_reason:
        hint = f"explain in a sentence why it is {story.sentiment}"
        yield Problem(story.path, "is missing: a main story needs a reason for its sentiment", hint, "sentiment_reason")
    if story.sentiment_reason and not story.sentiment:
        yield Problem(story.path, "is missing, but there is a `sentiment_reason`", "write the sentiment", "sentiment")
    if story.assisted and not story.reviewed_by and story.status is not Status.DRAFT:
        hint = "name the curator who reviewed it"
        yield Problem(story.path, "is missing: a machine drafted this story", hint, "reviewed_by")


def _dates(story: Story) -> Iterator[Problem]:
    day = f"{story.date:%Y-%m-%d}"
    if re.match(r"\d{4}-\d{2}-\d{2}-", story.id) and not story.id.startswith(day):
        hint = "rename the file, or fix the date"
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
            story.path, f"{story.modified:%Y-%m-%d} is before the story's date", "correct one of the dates", "modified"
        )
    for number, correction in enumerate(story.corrections, start=1):
        if correction.date < story.date.date():
            what = f"{correction.date} is before the story's date"
            yield Problem(story.path, what, "correct one of the dates", f"corrections.{number}.date")
