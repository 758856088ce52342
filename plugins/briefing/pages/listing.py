"""What a Library lists on a day, indexed once, so that every further step is linear in what it shows."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - dataclasses' types are read at run time by callers
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from briefing.content.model import Correction, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from briefing.content.library import Library
    from briefing.content.model import Contents, Issue, Story
    from briefing.settings import Settings


@dataclass(frozen=True)
class Listing:
    """The Library as of a day.

    Listed: what is published and not dated later, and every draft if `drafts` is set. Addressed: everything that has a page,
    which includes what is hidden, and the stories of an issue that has a page.
    """

    library: Library
    as_of: dt.date
    drafts: bool = False

    @property
    def settings(self) -> Settings:
        """The publication's settings."""
        return self.library.settings

    @cached_property
    def stories(self) -> tuple[Story, ...]:
        """Listed stories, newest first."""
        return tuple(story for story in self.library.stories if self._listed(story))

    @cached_property
    def issues(self) -> tuple[Issue, ...]:
        """Listed issues, newest first."""
        return tuple(issue for issue in self.library.issues if self._listed(issue))

    @cached_property
    def addressed_issues(self) -> tuple[Issue, ...]:
        """Issues with a page, newest first."""
        return tuple(issue for issue in self.library.issues if self._addressed(issue))

    @cached_property
    def addressed_stories(self) -> tuple[Story, ...]:
        """Stories with a page, newest first."""
        needed = {story_id for issue in self.addressed_issues for story_id in issue.story_ids}
        return tuple(story for story in self.library.stories if self._addressed(story) or story.id in needed)

    def _listed(self, item: Story | Issue) -> bool:
        if item.status is Status.DRAFT:
            return self.drafts
        # Readers of an issue that was sent before its day follow the links in it.
        is_out = item.date.date() <= self.as_of or item.id in self.library.sent_by_issue
        return item.status is Status.PUBLISHED and is_out

    def _addressed(self, item: Story | Issue) -> bool:
        return item.status is Status.HIDDEN or self._listed(item)

    @cached_property
    def by_topic(self) -> Mapping[str, tuple[Story, ...]]:
        """Listed stories by topic, for every topic of the settings, in their order."""
        found = _grouped(self.stories, lambda story: [story.topic])
        return {topic: found.get(topic, ()) for topic in self.settings.options.topics}

    @cached_property
    def by_tag(self) -> Mapping[str, tuple[Story, ...]]:
        """Listed stories by tag, tags in alphabetical order."""
        return _grouped(self.stories, lambda story: story.tags)

    @cached_property
    def by_source(self) -> Mapping[str, tuple[Story, ...]]:
        """Listed stories by the publishers that they cite, in alphabetical order."""
        return _grouped(self.stories, lambda story: dict.fromkeys(source.name for source in story.sources))

    @cached_property
    def by_thread(self) -> Mapping[str, tuple[Story, ...]]:
        """Listed stories by thread; every thread is there."""
        found = _grouped(self.stories, lambda story: [story.thread] if story.thread else [])
        return {thread.id: found.get(thread.id, ()) for thread in self.library.threads}

    @cached_property
    def by_curator(self) -> Mapping[str, tuple[Story, ...]]:
        """Listed stories by curator; every curator is there."""
        found = _grouped(self.stories, lambda story: story.authors)
        return {curator.id: found.get(curator.id, ()) for curator in self.library.curators}

    @cached_property
    def by_week(self) -> Mapping[str, tuple[Story, ...]]:
        """Listed stories by ISO week ("2026-w14"), newest week first."""
        return {week: tuple(stories) for week, stories in groupby(self.stories, key=lambda story: iso_week(story.date))}

    @cached_property
    def place(self) -> Mapping[str, int]:
        """The position of each listed story, from 0, newest first."""
        return {story.id: place for place, story in enumerate(self.stories)}

    @cached_property
    def place_in_thread(self) -> Mapping[str, int]:
        """The position of each listed story in its thread, from 0, newest first."""
        return {story.id: place for stories in self.by_thread.values() for place, story in enumerate(stories)}

    @cached_property
    def issue_of(self) -> Mapping[str, Issue]:
        """The listed issue that contains a story, by the story's id."""
        return {story_id: issue for issue in self.issues for story_id in issue.story_ids}

    @cached_property
    def issues_of_week(self) -> Mapping[str, tuple[Issue, ...]]:
        """The listed issues of each ISO week without notices, oldest first."""
        found: dict[str, list[Issue]] = {}
        for issue in reversed(self.issues):
            if not issue.is_notice:
                found.setdefault(iso_week(issue.date), []).append(issue)
        return {week: tuple(issues) for week, issues in found.items()}

    @cached_property
    def corrections(self) -> tuple[tuple[Correction, Story], ...]:
        """Every correction that is not minor, with its story, oldest first: of listed stories and of those that were sent."""
        found = [(correction, story) for story in self._corrected for correction in story.corrections]
        return tuple(sorted((pair for pair in found if not pair[0].minor), key=_in_order))

    @cached_property
    def corrections_of(self) -> Mapping[str, tuple[tuple[Correction, Story], ...]]:
        """The corrections, including minor ones, that each issue with a page contains, by its id. A notice contains none.

        An issue that was sent contains those in its record, even if it is built again later. Every other issue contains those
        made until its day that are in no record and in no issue before it; drafts do not count as issues before it.
        """
        unpublished = self.library.unpublished_corrections
        waiting = sorted(((c, story) for story in self._corrected for c in unpublished[story.id]), key=_in_order)
        days = [correction.date for correction, _ in waiting]
        found: dict[str, tuple[tuple[Correction, Story], ...]] = {}
        first = 0
        for issue in reversed(self.addressed_issues):
            record = self.library.sent_by_issue.get(issue.id)
            until = bisect_right(days, issue.date.date())
            if issue.is_notice:
                continue
            if record is not None:
                found[issue.id] = tuple(self._named_in(record))
                continue
            found[issue.id] = tuple(waiting[first:until])
            if issue.status is not Status.DRAFT:
                first = max(first, until)
        return found

    @cached_property
    def _corrected(self) -> tuple[Story, ...]:
        """Listed stories, and hidden ones that were sent: what is withdrawn is corrected too."""
        sent = self.library.sent_with
        addressed = (story for story in self.addressed_stories if story.corrections)
        return tuple(story for story in addressed if story.id in self.place or story.id in sent)

    def _named_in(self, contents: Contents) -> Iterator[tuple[Correction, Story]]:
        for one in contents.corrections:
            if story := self.library.story_by_id.get(one.story):
                yield Correction(one.date, one.text, one.minor), story

    @cached_property
    def issue_before(self) -> Mapping[str, Issue]:
        """The issue before each one with a page, by its id, without notices."""
        numbered = [issue for issue in self.addressed_issues if not issue.is_notice]
        oldest_first = [issue for issue in reversed(numbered) if issue.status is not Status.DRAFT]
        days = [issue.date for issue in oldest_first]
        places = {issue.id: bisect_left(days, issue.date) for issue in numbered}
        return {issue_id: oldest_first[place - 1] for issue_id, place in places.items() if place}


def iso_week(date: dt.date) -> str:
    """The ISO 8601 week of a day, as issues are named: `2026-w14`."""
    year, week, _ = date.isocalendar()
    return f"{year}-w{week:02}"


def _in_order(pair: tuple[Correction, Story]) -> tuple[dt.date, str]:
    return pair[0].date, pair[1].id


def _grouped(stories: Iterable[Story], names: Callable[[Story], Iterable[str]]) -> dict[str, tuple[Story, ...]]:
    found: dict[str, list[Story]] = {}
    for story in stories:
        for name in names(story):
            found.setdefault(name, []).append(story)
    return {name: tuple(found[name]) for name in sorted(found, key=lambda name: (name.casefold(), name))}
