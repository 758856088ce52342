"""Stories that were sent: they do not change without a correction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from briefing.content.model import Status
from briefing.errors import Problem, Weight, errors_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from briefing.content.library import Library
    from briefing.content.model import Issue, ProviderDraftRecord, SentRecord, Story

_DATED: Final = len("2026-03-30-")


def find(library: Library) -> Iterator[Problem]:
    """Stories that were sent and are now gone, renamed, drafts, out of their issue, or changed without a correction.

    Each story has at most one problem. If an issue has no file, only that is reported.
    """
    issues = {issue.id: issue for issue in library.issues}
    yield from _outdated_drafts(library, issues)
    named = {story for issue in library.issues for story in issue.story_ids}
    faulty = {problem.path for problem in errors_of(library.problems)}
    for record in library.sent_records:
        issue = issues.get(record.issue)
        if issue is None or issue.path in faulty:
            continue
        if issue.status is Status.DRAFT:
            yield Problem(issue.path, "is a draft, but was sent to readers", "set it to `published`", "status")
        for identity in record.stories:
            story = library.story_by_id.get(identity)
            if story is None:
                yield _gone(identity, record, issue, library)
            elif story.status is Status.DRAFT:
                hint = "set it to `hidden`, which removes it from lists and feeds, or to `published`"
                yield Problem(story.path, f"is a draft, but was sent with {record.issue}", hint, "status")
            elif identity in issue.story_ids and story.path not in faulty:
                yield from _changed(story, library)
            elif identity not in named:
                yield _left_out(story, issue)


def _gone(identity: str, record: SentRecord | ProviderDraftRecord, issue: Issue, library: Library) -> Problem:
    """A file that is no longer there. It may have been renamed."""
    sent_hash = library.last_sent_record[identity].content_hashes[identity]
    free = (story for story in library.stories if story.id not in library.sent_with)
    renamed = next((story for story in free if story.content_hash == sent_hash), None)
    if renamed is not None:
        what = f"was sent with {record.issue} as `{identity}`"
        return Problem(renamed.path, what, f"rename the file to {identity}.md")
    what = f"`{identity}` was sent with this issue, but its file is gone"
    hint = "restore it from git; to withdraw the story, explain why in `corrections` and set `status: hidden`"
    places = {reference: place for place, reference in _references(issue)}
    return Problem(issue.path, what, hint, places.get(identity) or places.get(identity[_DATED:], ""))


def _references(issue: Issue) -> Iterator[tuple[str, str]]:
    """Each place in which an issue names a story, and the name."""
    yield "lead", issue.lead
    for number, section in enumerate(issue.sections, start=1):
        for place, reference in enumerate(section.stories, start=1):
            yield f"sections.{number}.stories.{place}", reference


def _left_out(story: Story, issue: Issue) -> Problem:
    what = f"`{story.id}` was sent with this issue, but is no longer in it"
    return Problem(issue.path, what, "add it again", "sections" if issue.sections else "lead")


def _changed(story: Story, library: Library) -> Iterator[Problem]:
    """An edit without a correction, or a correction that was removed."""
    record = library.last_sent_record[story.id]
    if missing := _removed_correction(story, library):
        yield missing
        return
    if story.content_hash == record.content_hashes[story.id]:
        return
    since = _day(record, library)
    if any(correction.date >= since for correction in library.unpublished_corrections[story.id]):
        return
    hint = (
        f"add a correction dated {since} or later that says what was wrong and what is right; set `minor: true` if the"
        " mistake misled nobody, such as a typo"
    )
    yield Problem(story.path, f"has changed since {record.issue} was sent, without a correction", hint, "corrections")


def _removed_correction(story: Story, library: Library) -> Problem | None:
    sent = [sent for record in library.sent_records for sent in record.corrections if sent.story == story.id]
    for day in sorted({correction.date for correction in sent}):
        here = [correction for correction in story.corrections if correction.date == day]
        then = [correction for correction in sent if correction.date == day]
        if len(then) > len(here):
            what = f"the correction of {day} was sent to readers, but is gone"
            return Problem(
                story.path, what, "restore it; to change what it says, add another correction", "corrections"
            )
        if sum(not correction.minor for correction in then) > sum(not correction.minor for correction in here):
            what = f"the correction of {day} was sent to readers, but is now minor"
            return Problem(story.path, what, "remove its `minor: true`", "corrections")
    return None


def _outdated_drafts(library: Library, issues: Mapping[str, Issue]) -> Iterator[Problem]:
    """Drafts at a provider that are older than their issue."""
    for record in library.drafts:
        issue = issues.get(record.issue)
        if issue is None or record.issue in library.sent_by_issue:
            continue
        stories = library.story_by_id
        changed = [
            story
            for story, sent_hash in record.content_hashes.items()
            if story not in stories or stories[story].content_hash != sent_hash
        ]
        if changed or issue.story_ids != record.stories:
            what = f"has changed since its draft was created at {record.transport}" + (
                f": {', '.join(changed)}" if changed else ""
            )
            hint = "create the draft again before you send it there"
            yield Problem(issue.path, what, hint, weight=Weight.WARNING)


def _day(record: SentRecord | ProviderDraftRecord, library: Library) -> dt.date:
    return record.at.astimezone(library.settings.zone).date()
