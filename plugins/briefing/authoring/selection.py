"""Select the stories of a new issue: which ones, the lead, the sections and their order. Pure.

The rules:

- A story is free if no issue contains it and its date is not after the issue's. For an issue that was sent, its record
  counts. Hidden stories and translations are not selected.
- Of the free stories, those are selected that are dated after the issue before the last one, so that a story that missed the
  last issue is not lost. Older ones are only reported. Notices do not count as issues.
- The lead is a main story rather than a brief one, then one dated after the last issue, then the longest, then the newest.
- The others are grouped by topic in the settings' order. In a section main stories come first, then the newest.
- A finished draft, which would pass every check if it were published, is only proposed in its section, because an issue
  cannot contain drafts. Stories with errors are left out.
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
class SelectedSection:
    """A topic's stories, and the drafts that may join them."""

    title: str
    stories: tuple[Story, ...]
    drafts: tuple[Story, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """The stories for a new issue. lead: None if no story is free.

    Left out: older, free but too old; translations, free but of another story; invalid, the paths of story files in no
    issue that have errors.
    """

    lead: Story | None
    sections: tuple[SelectedSection, ...]
    older: tuple[Story, ...]
    translations: tuple[Story, ...]
    invalid: tuple[str, ...]

    @property
    def drafts(self) -> tuple[Story, ...]:
        """Every proposed draft."""
        return tuple(story for section in self.sections for story in section.drafts)


def select_stories(library: Library, problems: Iterable[Problem], date: dt.date) -> Selection:
    """Select the stories for an issue of that day. problems: all of the library, from `checks.find_problems`."""
    earlier = [issue.date.date() for issue in library.issues if issue.date.date() <= date and not issue.is_notice]
    last = earlier[0] if earlier else dt.date.min
    horizon = earlier[1] if len(earlier) > 1 else dt.date.min
    used = {story for issue in library.issues for story in library.stories_of(issue)}
    invalid = {problem.path for problem in errors_of(problems)}
    free = [story for story in library.stories if story.id not in used and story.date.date() <= date]
    valid = [story for story in free if story.status is Status.PUBLISHED and story.path not in invalid]
    recent = [story for story in valid if story.date.date() > horizon]
    originals = [story for story in recent if not story.translation_of]
    drafts = [story for story in free if story.status is Status.DRAFT and story.date.date() > horizon]
    lead = min(originals, key=lambda story: _lead_order(story, last), default=None)
    others = [story for story in originals if story is not lead]
    return Selection(
        lead=lead,
        sections=_sections(library.settings.options.topics, others, _finished(library, drafts)),
        older=tuple(story for story in valid if story not in recent),
        translations=tuple(story for story in recent if story.translation_of),
        invalid=tuple(sorted(path for path in invalid if _is_free_story(path, library, used))),
    )


def _lead_order(story: Story, last: dt.date) -> tuple[bool, bool, int, float, str]:
    is_old = story.date.date() <= last
    return story.kind is not Kind.MAIN, is_old, -story.words, -story.date.timestamp(), story.id


def _section_order(story: Story) -> tuple[bool, float, str]:
    return story.kind is not Kind.MAIN, -story.date.timestamp(), story.id


def _finished(library: Library, drafts: Collection[Story]) -> list[Story]:
    """Return the drafts that would have no error if all of them were published."""
    if not drafts:
        return []
    published = tuple(
        replace(story, status=Status.PUBLISHED) if story in drafts else story for story in library.stories
    )
    invalid = {problem.path for problem in errors_of(content.find_problems(replace(library, stories=published)))}
    return [story for story in drafts if story.path not in invalid and not story.translation_of]


def _sections(
    topics: Iterable[str], stories: Collection[Story], drafts: Collection[Story]
) -> tuple[SelectedSection, ...]:
    found = []
    for topic in topics:
        own, proposed = (
            tuple(sorted((story for story in group if story.topic == topic), key=_section_order))
            for group in (stories, drafts)
        )
        if own or proposed:
            found.append(SelectedSection(topic, own, proposed))
    return tuple(found)


def _is_free_story(path: str, library: Library, used: Collection[str]) -> bool:
    settings = library.settings
    stories = PurePosixPath(os.path.relpath(settings.content, settings.root)) / "stories"
    return PurePosixPath(path).is_relative_to(stories) and PurePosixPath(path).stem not in used
