"""The Library: everything under content/, as models that refer to each other by id."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from briefing.content import frontmatter
from briefing.content.model import SentRecord
from briefing.errors import errors_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from briefing.content.frontmatter import Document
    from briefing.content.model import Correction, Curator, Issue, Page, ProviderDraftRecord, Story, Thread
    from briefing.errors import Problem
    from briefing.settings import Settings


@dataclass(frozen=True)
class Library:
    """A publication's content. `problems` are those of reading; `checks` finds more.

    Stories and issues are sorted newest first, then by id; the others by id. If two files have the same identity, both are
    here. files: to be copied unchanged, as paths relative to content/. sent: what readers received. drafts: what providers
    received.
    """

    settings: Settings
    stories: tuple[Story, ...]
    issues: tuple[Issue, ...]
    threads: tuple[Thread, ...]
    curators: tuple[Curator, ...]
    pages: tuple[Page, ...]
    files: tuple[str, ...]
    problems: tuple[Problem, ...]
    sent: tuple[SentRecord, ...] = ()
    drafts: tuple[ProviderDraftRecord, ...] = ()

    @cached_property
    def story_by_id(self) -> Mapping[str, Story]:
        """Stories by their identity, the file's name."""
        return {story.id: story for story in self.stories}

    @cached_property
    def thread_by_id(self) -> Mapping[str, Thread]:
        """Threads by the names of their files."""
        return {thread.id: thread for thread in self.threads}

    @cached_property
    def curator_by_id(self) -> Mapping[str, Curator]:
        """Curators by the names of their files."""
        return {curator.id: curator for curator in self.curators}

    @cached_property
    def sent_records(self) -> tuple[SentRecord | ProviderDraftRecord, ...]:
        """What readers received of each issue, oldest first; our own sending counts more than a provider's.

        A draft at a provider counts as sent once the provider has reported so, or a later issue has gone out.
        """
        everything: tuple[SentRecord | ProviderDraftRecord, ...] = (*self.drafts, *self.sent)
        records = {record.issue: record for record in everything}.values()
        last = max((record.at for record in records), default=None)
        out = [record for record in records if isinstance(record, SentRecord) or record.sent or record.at != last]
        return tuple(sorted(out, key=lambda record: (record.at, record.issue)))

    @cached_property
    def sent_with(self) -> Mapping[str, str]:
        """The issue in which a story was sent, by the story's id."""
        return {story: record.issue for record in reversed(self.sent_records) for story in record.stories}

    @cached_property
    def sent_by_issue(self) -> Mapping[str, SentRecord | ProviderDraftRecord]:
        """The record of what was sent, by the issue's id."""
        return {record.issue: record for record in self.sent_records}

    @cached_property
    def last_sent_record(self) -> Mapping[str, SentRecord | ProviderDraftRecord]:
        """The record of what readers last received of a story, by the id of each story that was sent."""
        return {
            story: record for record in self.sent_records for story in record.content_hashes if story in self.sent_with
        }

    @cached_property
    def unpublished_corrections(self) -> Mapping[str, tuple[Correction, ...]]:
        """The corrections that no sent issue contains, by the ids of their stories.

        One that a sent issue contains and that was edited since is recognised by its day.
        """
        published: dict[str, list[tuple[dt.date, str]]] = {}
        for record in self.sent_records:
            for correction in record.corrections:
                published.setdefault(correction.story, []).append((correction.date, correction.text))
        return {story.id: _remaining(story.corrections, published.get(story.id, [])) for story in self.stories}

    def stories_of(self, issue: Issue) -> tuple[str, ...]:
        """The ids of an issue's stories: those that it names or, once it is sent, those that readers received."""
        record = self.sent_by_issue.get(issue.id)
        return record.stories if record else issue.story_ids

    @cached_property
    def ids_by_slug(self) -> Mapping[str, tuple[str, ...]]:
        """The ids of the stories with each slug; a reference by slug must match exactly one."""
        found: dict[str, list[str]] = {}
        for story in self.stories:
            found.setdefault(story.slug, []).append(story.id)
        return {slug: tuple(sorted(ids)) for slug, ids in found.items()}

    def resolve(self, reference: str) -> str:
        """A story's id, from the id or an unambiguous slug; the reference itself if it matches no story."""
        if reference in self.story_by_id:
            return reference
        ids = self.ids_by_slug.get(reference, ())
        return ids[0] if len(ids) == 1 else reference

    def located(self, problems: Iterable[Problem]) -> list[Problem]:
        """The problems with the lines of their fields, without those that only result from what could not be read.

        A file is read again only if it has a problem.
        """
        documents: dict[str, Document | None] = {}
        faulty = {(problem.path, problem.field) for problem in errors_of(self.problems)}
        own = (problem for problem in problems if not any((problem.path, field) in faulty for field in _outer(problem)))
        return [found for found in (self._located(problem, documents) for problem in own) if found is not None]

    def _located(self, problem: Problem, documents: dict[str, Document | None]) -> Problem | None:
        """The problem with its line; None if its key may exist in a part of the front matter that could not be read."""
        if problem.line or not problem.path.endswith(".md"):
            return problem
        if problem.path not in documents:
            documents[problem.path] = self._document(problem.path)
        document = documents[problem.path]
        if document is None:
            return None
        if problem.field == "body":
            return replace(problem, line=document.markdown_line)
        steps = tuple(int(step) - 1 if step.isdigit() else step for step in problem.field.split(".") if step)
        if not document.whole and steps not in document.lines:
            return None
        return replace(problem, line=document.line(steps))

    def _document(self, path: str) -> Document | None:
        try:
            return frontmatter.read((self.settings.root / path).read_bytes(), path)[0]
        except OSError:  # reported when the library was read
            return None


def _remaining(corrections: Iterable[Correction], published: list[tuple[dt.date, str]]) -> tuple[Correction, ...]:
    """The corrections that were not published: matched by day and text first, then the others by day."""
    same = Counter(published)
    changed = []
    for correction in corrections:
        key = (correction.date, correction.text)
        if same[key]:
            same[key] -= 1
        else:
            changed.append(correction)
    days = Counter(day for day, _ in same.elements())
    left = []
    for correction in changed:
        if days[correction.date]:
            days[correction.date] -= 1
        else:
            left.append(correction)
    return tuple(left)


def _outer(problem: Problem) -> list[str]:
    """A problem's field and the fields that contain it; none for a text, in which mistakes are independent."""
    steps = problem.field.split(".") if problem.field not in {"", "body"} else []
    return [".".join(steps[:count]) for count in range(1, len(steps) + 1)]
