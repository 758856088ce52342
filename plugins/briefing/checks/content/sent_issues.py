"""What readers have stays as they have it, or says what was put right: the stories of issues that went out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from briefing.errors import Problem, Weight, errors_of
from briefing.content.model import Status

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from briefing.content.library import Library
    from briefing.content.model import ProviderDraftRecord, Issue, SentRecord, Story

_DATED: Final = len("2026-03-30-")


def find(library: Library) -> Iterator[Problem]:
    """Stories that are gone, renamed, drafts again, left out of their issue, or changed without a correction.

    Each story has one problem at most. What an issue that has no file held is told of that issue only.
    """
    issues = {issue.id: issue for issue in library.issues}
    yield from _in_hand(library, issues)
    named = {story for issue in library.issues for story in issue.story_ids}
    faulty = {problem.path for problem in errors_of(library.problems)}
    for record in library.sent_records:
        issue = issues.get(record.issue)
        if issue is None or issue.path in faulty:
            continue
        if issue.status is Status.DRAFT:
            yield Problem(issue.path, "is a draft, and readers have it", "write `published`", "status")
        for identity in record.stories:
            story = library.story_by_id.get(identity)
            if story is None:
                yield _gone(identity, record, issue, library)
            elif story.status is Status.DRAFT:
                hint = "write `hidden`, which takes it out of lists and feeds, or `published`"
                yield Problem(story.path, f"is a draft, and readers have it with {record.issue}", hint, "status")
            elif identity in issue.story_ids and story.path not in faulty:
                yield from _changed(story, library)
            elif identity not in named:
                yield _left_out(story, issue)


def _gone(identity: str, record: SentRecord | ProviderDraftRecord, issue: Issue, library: Library) -> Problem:
    """A file that is no longer there, which may have another name now."""
    sent_hash = library.last_sent_record[identity].content_hashes[identity]
    free = (story for story in library.stories if story.id not in library.sent_with)
    renamed = next((story for story in free if story.content_hash == sent_hash), None)
    if renamed is not None:
        what = f"was sent with {record.issue} as `{identity}`, where readers look for it"
        return Problem(renamed.path, what, f"name the file {identity}.md again")
    what = f"readers have `{identity}` with it, and the story is gone"
    hint = "restore its file from git; to withdraw it, say why in its `corrections` and write `status: hidden`"
    places = {reference: place for place, reference in _references(issue)}
    return Problem(issue.path, what, hint, places.get(identity) or places.get(identity[_DATED:], ""))


def _references(issue: Issue) -> Iterator[tuple[str, str]]:
    """Where an issue names a story, and how."""
    yield "lead", issue.lead
    for number, section in enumerate(issue.sections, start=1):
        for place, reference in enumerate(section.stories, start=1):
            yield f"sections.{number}.stories.{place}", reference


def _left_out(story: Story, issue: Issue) -> Problem:
    what = f"`{story.id}` went out with it, and is not named any more"
    return Problem(issue.path, what, "name it again", "sections" if issue.sections else "lead")


def _changed(story: Story, library: Library) -> Iterator[Problem]:
    """An edit that says nothing of itself, or a correction taken back."""
    record = library.last_sent_record[story.id]
    if missing := _taken_back(story, library):
        yield missing
        return
    if story.content_hash == record.content_hashes[story.id]:
        return
    since = _day(record, library)
    if any(correction.date >= since for correction in library.unpublished_corrections[story.id]):
        return
    hint = (
        f"add what was wrong and what is right to `corrections`, dated {since} or later, with `minor: true` where it"
        " misled nobody, as a spelling does"
    )
    yield Problem(story.path, f"has changed since {record.issue} went out, and does not say so", hint, "corrections")


def _taken_back(story: Story, library: Library) -> Problem | None:
    taken = [told for found in library.sent_records for told in found.corrections if told.story == story.id]
    for day in sorted({told.date for told in taken}):
        here = [correction for correction in story.corrections if correction.date == day]
        then = [told for told in taken if told.date == day]
        if len(then) > len(here):
            what = f"readers were told of a correction of {day}, which is gone"
            return Problem(story.path, what, "put it back; what it says may be corrected by another", "corrections")
        if sum(not told.minor for told in then) > sum(not correction.minor for correction in here):
            what = f"readers were told of a correction of {day}, which is minor now"
            return Problem(story.path, what, "take its `minor: true` away; it is in a digest", "corrections")
    return None


def _in_hand(library: Library, issues: Mapping[str, Issue]) -> Iterator[Problem]:
    """A provider's draft that is to be renewed before it is sent."""
    for record in library.drafts:
        issue = issues.get(record.issue)
        if issue is None or record.issue in library.sent_by_issue:
            continue
        stories = library.story_by_id
        changed = [story for story, sent_hash in record.content_hashes.items() if story not in stories or stories[story].content_hash != sent_hash]
        if changed or issue.story_ids != record.stories:
            what = f"is not as it was handed to {record.transport}" + (f": {', '.join(changed)}" if changed else "")
            hint = "hand it over again, before it is sent there"
            yield Problem(issue.path, what, hint, weight=Weight.WARNING)


def _day(record: SentRecord | ProviderDraftRecord, library: Library) -> dt.date:
    return record.at.astimezone(library.settings.zone).date()
