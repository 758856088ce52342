"""No free story is lost or taken twice, however stories and issues lie."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from briefing.authoring.selection import select_stories
from briefing.content.library import Library
from briefing.content.model import Body, Counts, Issue, Kind, SentRecord, Status, Story
from briefing.settings import resolve

if TYPE_CHECKING:
    from collections.abc import Sequence

SETTINGS = resolve(Path("/nowhere"), {"SITENAME": "X", "BRIEFING": {"topics": ["B", "A"]}})
DAY = dt.datetime(2026, 4, 10, tzinfo=dt.UTC)


@st.composite
def stories(draw: st.DrawFn, number: int) -> Story:
    identity = f"s-{number}"
    return Story(
        id=identity,
        slug=identity,
        path=f"content/stories/2026/{identity}.md",
        title="X",
        date=DAY + dt.timedelta(days=draw(st.integers(-40, 10)), hours=draw(st.integers(0, 23))),
        summary="X",
        topic=draw(st.sampled_from("AB")),
        sources=(),
        body=Body(),
        kind=draw(st.sampled_from(Kind)),
        status=draw(st.sampled_from([Status.PUBLISHED, Status.PUBLISHED, Status.HIDDEN])),
        translation_of=draw(st.sampled_from(["", "", "s-0"])),
        words=draw(st.integers(0, 500)),
    )


@st.composite
def libraries(draw: st.DrawFn) -> Library:
    found: Sequence[Story] = [draw(stories(number)) for number in range(draw(st.integers(0, 12)))]
    issues = []
    for number in range(draw(st.integers(0, 4))):
        lead = draw(st.sampled_from([story.id for story in found] or [""]))
        date = DAY + dt.timedelta(days=draw(st.integers(-30, 5)))
        issues.append(
            Issue(
                id=f"i-{number}",
                path="",
                number=number,
                title="",
                date=date,
                subject="",
                preheader="",
                body=Body(),
                lead=lead,
            )
        )
    newest = sorted(issues, key=lambda issue: issue.date, reverse=True)
    ids = st.sampled_from([story.id for story in found] or [""])
    sent = [issue for issue in newest if draw(st.booleans())]
    records = tuple(_record(issue.id, draw(st.lists(ids, unique=True))) for issue in sent)
    return Library(SETTINGS, tuple(found), tuple(newest), (), (), (), (), (), records)


def _record(issue: str, stories: Sequence[str]) -> SentRecord:
    return SentRecord(
        issue=issue,
        subject="X",
        fingerprint="0" * 64,
        transport="file:x",
        keeps="bytes",
        opened=DAY,
        finished=DAY,
        recipients=0,
        counts=Counts(sent=0, dead=0, suppressed=0, unknown=0),
        stories=tuple(stories),
    )


@given(libraries())
@settings(deadline=None)
def test_every_free_story_is_in_one_place(library: Library) -> None:
    picks = select_stories(library, (), DAY.date())
    taken = [picks.lead] if picks.lead else []
    taken += [story for section in picks.sections for story in section.stories]
    told = [story.id for story in (*taken, *picks.older, *picks.translations)]
    sent = {record.issue: record.stories for record in library.sent}
    named = {story for issue in library.issues for story in sent.get(issue.id, issue.story_ids)}
    free = {
        story.id
        for story in library.stories
        if story.id not in named and story.date.date() <= DAY.date() and story.status is Status.PUBLISHED
    }
    assert sorted(told) == sorted(free)
    assert not picks.drafts
    earlier = sorted((issue.date.date() for issue in library.issues if issue.date.date() <= DAY.date()), reverse=True)
    if len(earlier) > 1:
        assert all(story.date.date() > earlier[1] for story in taken)
        assert all(story.date.date() <= earlier[1] for story in picks.older)
    else:
        assert not picks.older


@given(libraries())
@settings(deadline=None)
def test_the_order_is_the_stated_one(library: Library) -> None:
    picks = select_stories(library, (), DAY.date())
    assert (picks.lead is None) == (not picks.sections and picks.lead is None)
    assert [section.title for section in picks.sections] == [
        topic for topic in "BA" if any(section.title == topic for section in picks.sections)
    ]
    for section in picks.sections:
        kinds = [story.kind for story in section.stories]
        assert kinds == sorted(kinds, key=lambda kind: kind is Kind.BRIEF)
        assert all(story.topic == section.title for story in section.stories)
        for kind in Kind:
            dates = [story.date for story in section.stories if story.kind is kind]
            assert dates == sorted(dates, reverse=True)
        if picks.lead and picks.lead.kind is Kind.BRIEF:
            assert Kind.MAIN not in kinds
