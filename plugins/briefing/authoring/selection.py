"""Which stories a new issue takes, which one leads it, and in which sections and order. Pure.

The rules:

- A story is free where no issue names it and it is dated on or before the issue; of an issue that was sent, what the
  record of that names counts. Hidden stories and translations are not picked.
- Of the free ones, those are picked that are dated after the issue before the last one, so that a story which
  missed the last issue is not lost. Older ones are only told. Notices count for nothing.
- The lead is a main story rather than a brief one, then one dated after the last issue, then the longest, then
  the newest.
- The others are grouped by topic in the settings' order; in a section main stories come first, then the newest.
- A finished draft, one that would pass every check if it were published, is proposed in its section, but no more:
  an issue cannot hold it. What has errors is left out.
"""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from briefing.checks import content
from briefing.content.model import Kind, Status
from briefing.errors import errors_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from briefing.content.library import Library
    from briefing.content.model import Story
    from briefing.errors import Problem


@dataclass(frozen=True, slots=True)
class PickedSection:
    """A topic's stories, and the drafts that may join them."""

    title: str
    stories: tuple[Story, ...]
    drafts: tuple[Story, ...]


@dataclass(frozen=True, slots=True)
class Picks:
    """What a new issue is made from. `lead` is None where no story is free.

    older: free, but dated too long ago. translations: free, but of another story. faulty: paths of story files
    in no issue that have errors. All are left out.
    """

    lead: Story | None
    sections: tuple[PickedSection, ...]
    older: tuple[Story, ...]
    translations: tuple[Story, ...]
    faulty: tuple[str, ...]

    @property
    def drafts(self) -> tuple[Story, ...]:
        """Every draft proposed."""
        return tuple(story for section in self.sections for story in section.drafts)


def pick(library: Library, problems: Iterable[Problem], date: dt.date) -> Picks:
    """The picks for an issue of that day; `problems` are all those of the library (`checks.find_problems`)."""
    earlier = [issue.date.date() for issue in library.issues if issue.date.date() <= date and not issue.is_notice]
    last = earlier[0] if earlier else dt.date.min
    horizon = earlier[1] if len(earlier) > 1 else dt.date.min
    named = {story for issue in library.issues for story in library.stories_of(issue)}
    broken = {problem.path for problem in errors_of(problems)}
    free = [story for story in library.stories if story.id not in named and story.date.date() <= date]
    sound = [story for story in free if story.status is Status.PUBLISHED and story.path not in broken]
    fresh = [story for story in sound if story.date.date() > horizon]
    originals = [story for story in fresh if not story.translation_of]
    drafts = [story for story in free if story.status is Status.DRAFT and story.date.date() > horizon]
    lead = min(originals, key=lambda story: _leading(story, last), default=None)
    followers = [story for story in originals if story is not lead]
    return Picks(
        lead=lead,
        sections=_sections(library.settings.options.topics, followers, _finished(library, drafts)),
        older=tuple(story for story in sound if story not in fresh),
        translations=tuple(story for story in fresh if story.translation_of),
        faulty=tuple(sorted(path for path in broken if _is_free_story(path, library, named))),
    )


def _leading(story: Story, last: dt.date) -> tuple[bool, bool, int, float, str]:
    is_old = story.date.date() <= last
    return story.kind is not Kind.MAIN, is_old, -story.words, -story.date.timestamp(), story.id


def _within_section(story: Story) -> tuple[bool, float, str]:
    return story.kind is not Kind.MAIN, -story.date.timestamp(), story.id


def _finished(library: Library, drafts: Collection[Story]) -> list[Story]:
    """The drafts that would have no error if all of them were published."""
    if not drafts:
        return []
    published = tuple(
        replace(story, status=Status.PUBLISHED) if story in drafts else story for story in library.stories
    )
    broken = {problem.path for problem in errors_of(content.find_problems(replace(library, stories=published)))}
    return [story for story in drafts if story.path not in broken and not story.translation_of]


def _sections(
    topics: Iterable[str], stories: Collection[Story], drafts: Collection[Story]
) -> tuple[PickedSection, ...]:
    found = []
    for topic in topics:
        own, waiting = (
            tuple(sorted((story for story in group if story.topic == topic), key=_within_section))
            for group in (stories, drafts)
        )
        if own or waiting:
            found.append(PickedSection(topic, own, waiting))
    return tuple(found)


def _is_free_story(path: str, library: Library, named: Collection[str]) -> bool:
    settings = library.settings
    stories = PurePosixPath(os.path.relpath(settings.content, settings.root)) / "stories"
    return PurePosixPath(path).is_relative_to(stories) and PurePosixPath(path).stem not in named
