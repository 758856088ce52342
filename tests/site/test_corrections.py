"""Each correction is told by one issue, however issues, records and corrections lie, and whatever is built again."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from briefing.content.library import Library
from briefing.content.model import Body, Correction, Counts, Issue, SentRecord, Source, Status, Story
from briefing.pages.issue_contents import contents_of
from briefing.pages.issues import issue_view
from briefing.pages.publication import Publication
from briefing.pages.stories import story_view
from briefing.settings import resolve

SETTINGS = resolve(Path("/nowhere"), {"SITENAME": "X", "BRIEFING": {"topics": ["A"]}})
START = dt.datetime(2026, 4, 3, tzinfo=dt.UTC)
LATER = dt.date(2027, 1, 1)
days = st.integers(0, 40).map(lambda day: (START + dt.timedelta(days=day)).date())
corrections = st.lists(st.builds(Correction, days, st.sampled_from(["x", "y"]), st.booleans()), max_size=4)


def story(number: int, found: list[Correction]) -> Story:
    return Story(
        id=f"s-{number}",
        slug=f"s-{number}",
        path="",
        title="X",
        date=START - dt.timedelta(days=3),
        summary="X",
        topic="A",
        sources=(Source("N", None),),
        body=Body(),
        corrections=tuple(sorted(found, key=lambda correction: correction.date)),
        content_hash="0" * 64,
    )


def issue(number: int, week: int, status: Status = Status.PUBLISHED) -> Issue:
    return Issue(
        id=f"w{week:02}",
        path="",
        number=number,
        title="",
        date=START + dt.timedelta(weeks=week),
        subject="",
        preheader="",
        body=Body(),
        lead=f"s-{number}" if number < 3 else "",
        status=status,
    )


def sent(library: Library, which: Issue) -> Library:
    """The library after the issue went out."""
    contents = contents_of(which, Publication(library, LATER))
    record = SentRecord(
        issue=which.id,
        subject="X",
        fingerprint="0" * 64,
        transport="file:x",
        keeps="bytes",
        opened=which.date,
        finished=which.date,
        recipients=0,
        counts=Counts(sent=0, dead=0, suppressed=0, unknown=0),
        **contents.fields,
    )
    return dataclasses.replace(library, sent=(*library.sent, record))


def library_of(stories: list[Story], issues: list[Issue]) -> Library:
    newest = tuple(sorted(issues, key=lambda issue: issue.date, reverse=True))
    return Library(SETTINGS, tuple(stories), newest, (), (), (), (), ())


def taken(library: Library) -> Counter[tuple[str, dt.date, str]]:
    publication = Publication(library, LATER)
    pairs = [pair for issue in library.issues for pair in publication.corrections_of[issue.id]]
    return Counter((story.id, correction.date, correction.text) for correction, story in pairs)


@given(st.lists(corrections, min_size=3, max_size=3), corrections, st.lists(st.booleans(), min_size=5, max_size=5))
@settings(deadline=None)
def test_each_correction_is_taken_up_once(
    before: list[list[Correction]], late: list[Correction], recorded: list[bool]
) -> None:
    issues = [issue(number, number) for number in range(5)]
    library = library_of([story(number, found) for number, found in enumerate(before)], issues)
    for one, is_recorded in zip(issues, recorded, strict=True):
        if is_recorded:
            library = sent(library, one)
    frozen = {record.issue: record.corrections for record in library.sent}

    # Somebody adds further ones, of any day.
    stories = (story(0, [*before[0], *late]), *library.stories[1:])
    library = dataclasses.replace(library, stories=stories)
    every = Counter((one.id, c.date, c.text) for one in stories for c in one.corrections)
    found = taken(library)
    assert found <= every
    open_until = max(
        (one.date.date() for one, is_recorded in zip(issues, recorded, strict=True) if not is_recorded), default=None
    )
    for key, number in (every - found).items():
        assert open_until is None or key[1] > open_until, (key, number)
    publication = Publication(library, LATER)
    for record in library.sent:
        shown = issue_view(next(one for one in issues if one.id == record.issue), publication).corrections
        is_first = record.issue == issues[0].id
        told = [(c.date, c.text) for c in frozen[record.issue] if not c.minor and not is_first]
        assert [(c.date, c.text) for c in shown] == told


def test_a_draft_takes_nothing_away() -> None:
    issues = [issue(0, 0), issue(1, 1, Status.DRAFT), issue(2, 2, Status.DRAFT), issue(3, 3)]
    made = Correction((START + dt.timedelta(days=2)).date(), "x")
    library = library_of([story(0, [made]), story(1, []), story(2, [])], issues)
    publication = Publication(library, LATER, drafts=True)
    assert [len(publication.corrections_of[one.id]) for one in issues] == [0, 1, 1, 1]


def test_a_correction_moves_what_changed_last_and_a_minor_one_does_not() -> None:
    minor = Correction((START + dt.timedelta(days=9)).date(), "y", minor=True)
    made = Correction((START + dt.timedelta(days=2)).date(), "x")
    library = library_of([story(0, [made, minor])], [issue(0, 0)])
    publication = Publication(library, LATER)
    assert library.stories[0].updated == START + dt.timedelta(days=2)
    view = story_view(library.stories[0], publication)
    assert (view.modified, len(view.corrections)) == (START + dt.timedelta(days=2), 1)
    shown = issue_view(library.issues[0], publication)
    assert (shown.updated, len(shown.corrections)) == (START + dt.timedelta(days=2), 0)
    assert shown.lead is not None
    assert [correction.text for correction in shown.lead.corrections] == ["x"]
    assert [correction.text for correction, _ in publication.corrections] == ["x"]
