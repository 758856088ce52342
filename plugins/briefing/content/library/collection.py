"""The Library: everything under content/, as models that know each other by id."""

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
    """A publication as it was read. `problems` are those of reading; rules find more (see `checks`).

    Stories and issues are sorted newest first, then by id; the others by id. Where two files claim one
    identity both are here. `files` are to be copied as they are: paths relative to content/. `sent` is what
    readers were sent, `handed` what providers were given to send.
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
    handed: tuple[ProviderDraftRecord, ...] = ()

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
        """What readers have of each issue, the oldest first: by our own sending, where there was one.

        What was handed to a provider is taken as sent there once that has said so, or a later issue has gone out.
        """
        everything: tuple[SentRecord | ProviderDraftRecord, ...] = (*self.handed, *self.sent)
        records = {record.issue: record for record in everything}.values()
        last = max((record.at for record in records), default=None)
        out = [record for record in records if isinstance(record, SentRecord) or record.sent or record.at != last]
        return tuple(sorted(out, key=lambda record: (record.at, record.issue)))

    @cached_property
    def sent_with(self) -> Mapping[str, str]:
        """The issue with which a story went out, by the story's id."""
        return {story: record.issue for record in reversed(self.sent_records) for story in record.stories}

    @cached_property
    def sent_by_issue(self) -> Mapping[str, SentRecord | ProviderDraftRecord]:
        """What was sent, by the issue's id."""
        return {record.issue: record for record in self.sent_records}

    @cached_property
    def last_sent_record(self) -> Mapping[str, SentRecord | ProviderDraftRecord]:
        """The record that holds what readers were told of a story last, by the id of each story that went out."""
        return {
            story: record for record in self.sent_records for story in record.content_hashes if story in self.sent_with
        }

    @cached_property
    def untaken_corrections(self) -> Mapping[str, tuple[Correction, ...]]:
        """The corrections that no issue has taken up so far, by the ids of their stories; all of them where there is no record.

        One that was taken up and reads otherwise now is known by its day.
        """
        taken: dict[str, list[tuple[dt.date, str]]] = {}
        for record in self.sent_records:
            for correction in record.corrections:
                taken.setdefault(correction.story, []).append((correction.date, correction.text))
        return {story.id: _left(story.corrections, taken.get(story.id, [])) for story in self.stories}

    def stories_of(self, issue: Issue) -> tuple[str, ...]:
        """The ids of an issue's stories: those that it names, and once it is sent those that readers have."""
        record = self.sent_by_issue.get(issue.id)
        return record.stories if record else issue.story_ids

    @cached_property
    def ids_by_slug(self) -> Mapping[str, tuple[str, ...]]:
        """The stories that share a slug: a reference by slug must lead to one."""
        found: dict[str, list[str]] = {}
        for story in self.stories:
            found.setdefault(story.slug, []).append(story.id)
        return {slug: tuple(sorted(ids)) for slug, ids in found.items()}

    def resolve(self, reference: str) -> str:
        """A story's id, from the id or an unambiguous slug; the reference itself where it leads nowhere."""
        if reference in self.story_by_id:
            return reference
        ids = self.ids_by_slug.get(reference, ())
        return ids[0] if len(ids) == 1 else reference

    def located(self, problems: Iterable[Problem]) -> list[Problem]:
        """The problems with the lines of their fields, without those that only follow from what could not be read.

        Files are only read again where there is a problem.
        """
        documents: dict[str, Document | None] = {}
        faulty = {(problem.path, problem.field) for problem in errors_of(self.problems)}
        own = (problem for problem in problems if not any((problem.path, field) in faulty for field in _outer(problem)))
        return [found for found in (self._located(problem, documents) for problem in own) if found is not None]

    def _located(self, problem: Problem, documents: dict[str, Document | None]) -> Problem | None:
        """The problem with its line; None where its key could not be read, so that it may be there after all."""
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
        except OSError:  # said when the library was read
            return None


def _left(corrections: Iterable[Correction], taken: list[tuple[dt.date, str]]) -> tuple[Correction, ...]:
    """The corrections without those that were taken up: first those that are the same, then of the others by their days."""
    same = Counter(taken)
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
    """A problem's field and those that it stands in; none for a text, where one mistake says nothing of another."""
    steps = problem.field.split(".") if problem.field not in {"", "body"} else []
    return [".".join(steps[:count]) for count in range(1, len(steps) + 1)]
