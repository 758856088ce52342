"""Names in front matter: topics, threads, curators, stories and sources that exist."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from briefing.checks.content.todos import TODO
from briefing.content.model import Status
from briefing.errors import Problem, Weight, one_of
from briefing.pages.formats import format_count

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from briefing.content.library import Library
    from briefing.content.model import Issue, Story


_DATED: Final = len("2026-03-30-")


def find(library: Library) -> Iterator[Problem]:
    """Unknown topics, threads, curators, stories and sources, and stories in two issues."""
    for story in library.stories:
        yield from _of_story(story, library)
    taken: dict[str, str] = {}
    for issue in sorted(library.issues, key=lambda issue: (issue.date, issue.id)):
        yield from _of_issue(issue, library, taken)


def _of_story(story: Story, library: Library) -> Iterator[Problem]:
    topics = library.settings.options.topics
    if story.topic and story.topic not in topics and TODO not in story.topic:
        hint = _suggested(story.topic, topics, "write one of {known}, or add it to `topics` in pelicanconf.py")
        yield Problem(story.path, f"`{story.topic}` is not a topic in the settings", hint, "topic")
    if story.thread and story.thread not in library.thread_by_id:
        hint = _suggested(story.thread, library.thread_by_id, f"create content/threads/{story.thread}.md")
        yield Problem(story.path, f"there is no thread `{story.thread}`", hint, "thread")
    if story.translation_of:
        original = library.resolve(story.translation_of)
        if original not in library.story_by_id:
            yield _no_story(story.path, story.translation_of, library, "translation_of")
        elif original == story.id:
            yield Problem(story.path, "is a translation of itself", "name the original", "translation_of")
    yield from _curators_of(story, library)
    yield from _accounts_of(story)


def _curators_of(story: Story, library: Library) -> Iterator[Problem]:
    named = [(curator, f"authors.{place}") for place, curator in enumerate(story.authors, start=1)]
    if story.reviewed_by:
        named.append((story.reviewed_by, "reviewed_by"))
    for curator, field in named:
        if curator not in library.curator_by_id:
            hint = _suggested(curator, library.curator_by_id, f"create content/curators/{curator}.md")
            yield Problem(story.path, f"there is no curator `{curator}`", hint, field)
    for place, curator in enumerate(story.authors):
        if curator in story.authors[:place]:
            yield Problem(story.path, f"the curator `{curator}` is listed twice", "remove one", f"authors.{place + 1}")


def _accounts_of(story: Story) -> Iterator[Problem]:
    for number, point in enumerate(story.disagreements, start=1):
        for place, account in enumerate(point.accounts, start=1):
            if story.sources and account.source > len(story.sources):
                what = (
                    f"there is no source {account.source}: the story has {format_count(len(story.sources), 'source')}"
                )
                field = f"disagreements.{number}.accounts.{place}.source"
                yield Problem(story.path, what, "write the number of a source, counted from 1", field)


def _of_issue(issue: Issue, library: Library, taken: dict[str, str]) -> Iterator[Problem]:
    named = [(issue.lead, "lead")] if issue.lead else []
    for number, section in enumerate(issue.sections, start=1):
        named += [(story, f"sections.{number}.stories.{place}") for place, story in enumerate(section.stories, start=1)]
    for reference, field in named:
        story = library.story_by_id.get(reference)
        if TODO in reference:
            continue
        if story is None:
            if not _is_sent(reference, issue, library):
                yield _no_story(issue.path, reference, library, field)
            continue
        yield from _belongs(story, issue, library, taken, field)
        is_sent = library.sent_with.get(story.id) == issue.id
        if story.status is Status.DRAFT and issue.status is not Status.DRAFT and not is_sent:
            hint = f"run `ready {story.id}`, or remove it"
            yield Problem(issue.path, f"`{story.id}` is a draft", hint, field)
        if story.date.date() > issue.date.date():
            what = f"`{story.id}` is dated {story.date:%Y-%m-%d}, after the issue"
            yield Problem(issue.path, what, "date the issue later, or move the story to a later issue", field)


def _is_sent(reference: str, issue: Issue, library: Library) -> bool:
    """Whether the issue was sent with the story, so that `sent_issues` reports its absence."""
    record = library.sent_by_issue.get(issue.id)
    return record is not None and any(reference in {story, story[_DATED:]} for story in record.stories)


def _belongs(story: Story, issue: Issue, library: Library, taken: dict[str, str], field: str) -> Iterator[Problem]:
    """A story is in one issue, once. For an issue that was sent, the record decides."""
    sent_with = library.sent_with.get(story.id, "")
    if sent_with not in {"", issue.id}:
        what, hint = f"`{story.id}` was sent with {sent_with}", "remove it: readers already have it"
        if not any(story.id in other.story_ids for other in library.issues if other.id == sent_with):
            hint = f"move it back to {sent_with}"
        yield Problem(issue.path, what, hint, field)
    elif not sent_with and issue.id in library.sent_by_issue:
        what, hint = (
            f"`{story.id}` was not in the digest that was sent",
            "move it to a later issue: readers do not have it",
        )
        yield Problem(issue.path, what, hint, field, weight=Weight.WARNING)
    else:
        if story.id in taken:
            where = "in this issue twice" if taken[story.id] == issue.path else f"already in {taken[story.id]}"
            hint = "remove it: a story can appear only once, in one issue"
            yield Problem(issue.path, f"`{story.id}` is {where}", hint, field)
        taken.setdefault(story.id, issue.path)


def _no_story(path: str, reference: str, library: Library, field: str) -> Problem:
    ids = library.ids_by_slug.get(reference, ())
    if len(ids) > 1:
        return Problem(path, f"`{reference}` could be {one_of(ids)}", "add the date", field)
    known = [*library.story_by_id, *library.ids_by_slug]
    return Problem(
        path,
        f"there is no story `{reference}`",
        _suggested(reference, known, "write the file name of an existing story"),
        field,
    )


def _suggested(name: str, known: Collection[str], otherwise: str) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean `{near[0]}`?" if near else otherwise.format(known=", ".join(known))
