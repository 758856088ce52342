"""Repetitions: an address twice in a story or an issue, a story under two names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from briefing import weblinks
from briefing.errors import Problem, Weight, errors_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.content.library import Library
    from briefing.content.model import Issue, Story


def find(library: Library) -> Iterator[Problem]:
    """Repeated sources and links in a story or an issue, and exact copies of a story."""
    for story in library.stories:
        yield from _in_story(story)
    for issue in library.issues:
        if issue.id not in library.sent_by_issue:  # what was sent does not change
            yield from _in_issue(issue, library)
    yield from _copies(library)


def _in_story(story: Story) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for number, source in enumerate(story.sources, start=1):
        known = first.setdefault(weblinks.canonical(source.url), number) if source.url else number
        if known != number:
            what = f"`{weblinks.excerpt(source.url or '')}` is already the address of source {known}"
            yield _repeated(story.path, what, "list each source once", f"sources.{number}.url")


def _in_issue(issue: Issue, library: Library) -> Iterator[Problem]:
    """Each story and link that repeats an earlier address; one problem for each pair of stories."""
    cited: dict[str, str] = {}
    for identity, field in _stories(issue):
        story = library.story_by_id.get(identity)
        if story is None:
            continue
        reported: set[str] = set()
        own = {weblinks.canonical(source.url): source.url for source in story.sources if source.url}
        # A publisher's front page does not identify an article.
        own = {address: written for address, written in own.items() if not weblinks.is_front_page(written)}
        for address, written in own.items():
            other = cited.setdefault(address, f"`{identity}`")
            if other != f"`{identity}`" and other not in reported:
                reported.add(other)
                what = f"`{identity}` cites `{weblinks.excerpt(written)}`, which {other} cites too"
                yield _repeated(issue.path, what, "merge the stories, remove one from the issue", field)
    for number, link in enumerate(issue.links, start=1):
        other = cited.setdefault(weblinks.canonical(link.url), f"link {number}")
        if other != f"link {number}":
            what = f"`{weblinks.excerpt(link.url)}` is already cited by {other}"
            yield _repeated(issue.path, what, "remove the link", f"links.{number}.url")


def _stories(issue: Issue) -> Iterator[tuple[str, str]]:
    if issue.lead:
        yield issue.lead, "lead"
    for number, section in enumerate(issue.sections, start=1):
        for place, story in enumerate(section.stories, start=1):
            yield story, f"sections.{number}.stories.{place}"


def _repeated(path: str, what: str, hint: str, field: str) -> Problem:
    hint = f"{hint}, or acknowledge the repetition"
    return Problem(path, what, hint, field, weight=Weight.WARNING, check="repeated-link")


def _copies(library: Library) -> Iterator[Problem]:
    """A story with the same content as another: a file that was copied, or merged twice."""
    faulty = {problem.path for problem in errors_of(library.problems)}
    first: dict[str, Story] = {}
    for story in sorted(library.stories, key=lambda story: story.path):
        other = story if story.path in faulty else first.setdefault(story.content_hash, story)
        if other.id != story.id:
            what = f"is a copy of {other.path}"
            hint = "remove one of the two files, or acknowledge the copy"
            yield Problem(story.path, what, hint, line=1, weight=Weight.WARNING, check="copied-story")
