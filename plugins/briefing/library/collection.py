"""The Library: everything under content/, as models that know each other by id."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from briefing import frontmatter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from briefing.errors import Problem
    from briefing.frontmatter import Document
    from briefing.model import Curator, Issue, Page, Story, Thread
    from briefing.settings import Settings


@dataclass(frozen=True)
class Library:
    """A publication as it was read. `problems` are those of reading; rules find more (see `checks`).

    Stories and issues are sorted newest first, then by id; the others by id. Where two files claim one
    identity both are here. `files` are to be copied as they are: paths relative to content/.
    """

    settings: Settings
    stories: tuple[Story, ...]
    issues: tuple[Issue, ...]
    threads: tuple[Thread, ...]
    curators: tuple[Curator, ...]
    pages: tuple[Page, ...]
    files: tuple[str, ...]
    problems: tuple[Problem, ...]

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
        """The problems with the lines of their fields; files are only read again where there is a problem."""
        documents: dict[str, Document | None] = {}
        return [self._located(problem, documents) for problem in problems]

    def _located(self, problem: Problem, documents: dict[str, Document | None]) -> Problem:
        if problem.line or not problem.path.endswith(".md"):
            return problem
        if problem.path not in documents:
            data = (self.settings.root / problem.path).read_bytes()
            documents[problem.path] = frontmatter.read(data, problem.path)[0]
        document = documents[problem.path]
        if document is None:
            return problem
        if problem.field == "body":
            return replace(problem, line=document.markdown_line)
        steps = tuple(int(step) - 1 if step.isdigit() else step for step in problem.field.split(".") if step)
        return replace(problem, line=document.line(steps))
