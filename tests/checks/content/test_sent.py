"""Stories of issues that went out: each way to change what readers have, and the one problem that it is."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from briefing import settings as publication_settings
from briefing.checks.content import find_problems
from briefing.content.library import read_library
from briefing.content.library.records import provider_draft_text, sent_text
from briefing.content.model import Counts, ProviderDraftRecord, SentRecord
from briefing.pages.issue_contents import contents_of
from briefing.pages.publication import Publication

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakePublication

    from briefing.content.library import Library
    from briefing.content.model import Contents

FIRST = "stories/2026/2026-03-30-a-first-story.md"
STORY = """\
---
title: A first story
date: 2026-03-30
summary: What happened.
topic: Science
sources:
  - name: The Journal
    url: "https://journal.example/first"
    title: The report
kind: main
sentiment: mixed
sentiment_reason: It helps some.
tags: [physics]
key_questions: [Why?, Who pays?]
---
The text, in
two lines.

Its end.
"""
OTHER = STORY.replace("A first story", "A third story").replace("03-30", "04-08")
ISSUE = "---\nnumber: {}\ntitle: T\ndate: {}\nlead: {}\n---\n"
FILES = {
    FIRST: STORY,
    "stories/2026/2026-03-31-a-second-story.md": None,
    "issues/2026-w14.md": ISSUE.format(1, "2026-04-03", "a-first-story"),
    "stories/2026/2026-04-08-a-third-story.md": OTHER,
    "issues/2026-w15.md": ISSUE.format(2, "2026-04-10", "a-third-story"),
}
CORRECTED = "---\ncorrections:\n  - {date: 2026-04-05, text: It was the other one.}\n"
FRIDAY = dt.datetime(2026, 4, 3, 6, 30, tzinfo=dt.UTC)


@pytest.fixture
def sent(publication: MakePublication) -> Path:
    """A publication whose first issue was sent, and whose second is next."""
    root = publication(FILES)
    send(root, "2026-w14", FRIDAY)
    assert found(root) == []
    return root


def library_of(root: Path) -> Library:
    return read_library(publication_settings.load(root))


def told(root: Path, issue: str) -> Contents:
    library = library_of(root)
    return contents_of(
        next(one for one in library.issues if one.id == issue), Publication(library, dt.date(2026, 5, 1))
    )


def send(root: Path, issue: str, at: dt.datetime) -> None:
    """The record of an issue that goes out as it is."""
    record = SentRecord(
        issue=issue,
        subject="S",
        fingerprint="0" * 64,
        transport="file:x",
        keeps="bytes",
        opened=at,
        finished=at,
        recipients=1,
        counts=Counts(sent=1, dead=0, suppressed=0, unknown=0),
        **told(root, issue).fields,
    )
    (root / "content" / "issues" / f"{issue}.sent.json").write_text(sent_text(record), encoding="utf-8")


def found(root: Path) -> list[str]:
    return [str(problem) for problem in find_problems(library_of(root))]


def edit(root: Path, old: str, new: str, name: str = FIRST) -> None:
    file = root / "content" / name
    text = file.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


CHANGED = "has changed since 2026-w14 was sent"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: A first", "title: Another first"),
        ("What happened.", "What did not."),
        ('first"', 'second"'),
        ("The report", "A report"),
        ("    title: The report\n", ""),
        ("mixed", "negative"),
        ("It helps some.", "It helps all."),
        ("Who pays?", "Who gains?"),
        ("[Why?, Who pays?]", "[Who pays?, Why?]"),
        ("The text", "A text"),
        ("Its end.", "Its end. And more."),
        ("tags:", "why_it_matters: Much.\ntags:"),
        ("tags:", "authors: [ada]\ntags:"),
        ("tags:", "assisted: true\nreviewed_by: ada\ntags:"),
    ],
)
def test_an_edit_of_what_readers_were_told_needs_a_correction(sent: Path, old: str, new: str) -> None:
    curators = sent / "content" / "curators"
    curators.mkdir(exist_ok=True)
    (curators / "ada.md").write_text("---\nname: Ada\n---\nWrites.\n")
    edit(sent, old, new)
    (said,) = found(sent)
    assert said.startswith(f"content/{FIRST}:1: corrections: {CHANGED}")
    assert "dated 2026-04-03 or later" in said
    edit(sent, "---\n", CORRECTED)
    assert found(sent) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("The text, in\ntwo lines.", "The text,\nin two lines."),
        ("title: A first story", 'title: "A first  story"'),
        ("summary: What happened.", "summary: >\n  What\n  happened."),
        ("tags: [physics]", "tags: [law, physics]"),
        ("topic: Science", "topic: Law"),
        ("kind: main", "kind: brief"),
        ("tags:", "aliases: [/old/]\ntags:"),
        ("tags:", "modified: 2026-04-05\ntags:"),
        ("tags:", "extra: {mine: 1}\ntags:"),
        ("tags:", "status: hidden\ntags:"),
        ("tags:", 'why_it_matters: ""\ntags:'),
        ("date: 2026-03-30", "date: 2026-03-30T09:00"),
        ("\n---\nThe text", "\ncorrections: [{date: 2026-04-03, text: Nothing was changed.}]\n---\nThe text"),
    ],
)
def test_what_files_a_story_or_lays_it_out_needs_none(sent: Path, old: str, new: str) -> None:
    edit(sent, old, new)
    assert not [said for said in found(sent) if "has changed" in said]


@pytest.mark.parametrize(("day", "counts"), [("2026-04-02", False), ("2026-04-03", True), ("2026-04-30", True)])
def test_a_correction_counts_from_the_day_of_sending(sent: Path, day: str, *, counts: bool) -> None:
    edit(sent, "The text", "A text")
    edit(sent, "---\n", CORRECTED.replace("2026-04-05", day))
    said = found(sent)
    assert [CHANGED in one for one in said] == ([] if counts else [True])


def test_the_day_of_sending_is_that_of_the_publication(sent: Path) -> None:
    """23:30 in London is half an hour before midnight in UTC in winter only."""
    send(sent, "2026-w14", dt.datetime(2026, 4, 3, 23, 30, tzinfo=dt.UTC))
    (sent / "pelicanconf.py").write_text((sent / "pelicanconf.py").read_text() + 'TIMEZONE = "Europe/London"\n')
    edit(sent, "The text", "A text")
    (said,) = found(sent)
    assert "dated 2026-04-04 or later" in said


def test_a_minor_correction_counts_as_well(sent: Path) -> None:
    edit(sent, "The text", "The txet")
    edit(sent, "---\n", CORRECTED.replace("one.}", "one., minor: true}"))
    assert found(sent) == []


def test_a_second_silent_edit_is_found_once_the_first_was_told(sent: Path) -> None:
    edit(sent, "The text", "A text")
    edit(sent, "---\n", CORRECTED)
    edit(sent, "Its end.", "Its other end.")  # still the same correction: nobody was told yet
    assert found(sent) == []
    send(sent, "2026-w15", FRIDAY + dt.timedelta(days=7))
    assert found(sent) == []
    edit(sent, "Its other end.", "No end.")
    (said,) = found(sent)
    assert f"content/{FIRST}:2: corrections: has changed since 2026-w15 was sent" in said
    assert "dated 2026-04-10 or later" in said
    edit(sent, "  - {", "  - {date: 2026-04-10, text: There is no end.}\n  - {")
    assert found(sent) == []


def test_a_minor_edit_is_settled_by_the_next_issue_too(sent: Path) -> None:
    edit(sent, "The text", "A text")
    edit(sent, "---\n", CORRECTED.replace("one.}", "one., minor: true}").replace("04-05", "04-10"))
    send(sent, "2026-w15", FRIDAY + dt.timedelta(days=7))
    edit(sent, "A text", "No text")
    (said,) = found(sent)
    assert "has changed since 2026-w15 was sent" in said


def test_a_correction_that_readers_were_told_of_does_not_vanish(sent: Path) -> None:
    edit(sent, "---\n", CORRECTED)
    send(sent, "2026-w15", FRIDAY + dt.timedelta(days=7))
    edit(sent, "the other one.", "another one.")
    assert found(sent) == []
    edit(sent, CORRECTED.replace("the other", "another"), "---\n")
    (said,) = found(sent)
    assert "corrections: the correction of 2026-04-05 was sent to readers, but is gone" in said


def test_a_story_that_is_gone_is_told_where_its_issue_names_it(sent: Path) -> None:
    (sent / "content" / FIRST).unlink()
    (said,) = found(sent)
    assert said.startswith("content/issues/2026-w14.md:5: lead: `2026-03-30-a-first-story` was sent")


def test_a_renamed_story_is_told_its_name(sent: Path) -> None:
    (sent / "content" / FIRST).rename(sent / "content/stories/2026/2026-03-30-anew.md")
    (said,) = found(sent)
    assert said.startswith("content/stories/2026/2026-03-30-anew.md:1: was sent with 2026-w14 as ")
    assert said.endswith("2026-03-30-a-first-story.md")
    edit(sent, "lead: a-first-story", "lead: anew", "issues/2026-w14.md")
    assert len([one for one in found(sent) if "(warning)" not in one]) == 1


def test_a_sent_story_is_no_draft(sent: Path) -> None:
    edit(sent, "tags:", "status: draft\ntags:")
    (said,) = found(sent)
    assert said.startswith(f"content/{FIRST}:13: status: ")


def test_a_sent_issue_is_no_draft(sent: Path) -> None:
    edit(sent, "number:", "status: draft\nnumber:", "issues/2026-w14.md")
    (said,) = found(sent)
    assert said.startswith("content/issues/2026-w14.md:2: status: ")


def test_a_story_stays_in_its_issue(sent: Path) -> None:
    edit(sent, "lead: a-first-story", "lead: a-third-story", "issues/2026-w14.md")
    (sent / "content/issues/2026-w15.md").unlink()
    said = [one for one in found(sent) if "(warning)" not in one]
    assert said[0].startswith("content/issues/2026-w14.md:5: lead: `2026-03-30-a-first-story` was sent with this issue")


def test_a_story_that_moved_is_told_once(sent: Path) -> None:
    edit(sent, "lead: a-first-story", "lead: a-second-story", "issues/2026-w14.md")
    edit(sent, "lead: a-third-story", "lead: a-first-story", "issues/2026-w15.md")
    second = sent / "content/stories/2026/2026-03-31-a-second-story.md"
    second.write_text(STORY.replace("03-30", "03-31").replace("A first", "A second"))
    said = [one for one in found(sent) if "(warning)" not in one]
    assert said == [
        "content/issues/2026-w15.md:5: lead: `2026-03-30-a-first-story` was sent with 2026-w14; move it back to 2026-w14"
    ]


def test_a_story_with_a_fault_is_told_its_fault_only(sent: Path) -> None:
    edit(sent, "title: A first story", "title: ''")
    (said,) = found(sent)
    assert "title: is empty" in said


def hand_over(root: Path, issue: str, at: dt.datetime, *, sent: bool = False) -> None:
    record = ProviderDraftRecord(
        issue=issue,
        fingerprint="0" * 64,
        transport="buttondown",
        keeps="content",
        draft="x",
        where="https://provider.example/x",
        at=at,
        sent=sent,
        **told(root, issue).fields,
    )
    (root / "content" / "issues" / f"{issue}.draft.json").write_text(provider_draft_text(record), encoding="utf-8")


def test_a_providers_draft_is_renewed_until_it_is_sent(publication: MakePublication) -> None:
    root = publication(FILES)
    hand_over(root, "2026-w14", FRIDAY)
    assert found(root) == []
    edit(root, "The text", "A text")
    (said,) = found(root)
    assert said.startswith("content/issues/2026-w14.md:1: has changed since its draft was created at buttondown")
    assert "2026-03-30-a-first-story" in said
    assert said.endswith(" (warning)")
    hand_over(root, "2026-w14", FRIDAY)
    assert found(root) == []


@pytest.mark.parametrize("is_known", [True, False])
def test_what_a_provider_sent_is_not_changed_either(publication: MakePublication, *, is_known: bool) -> None:
    """It is known by the provider's word, or since the next issue is under way."""
    root = publication(FILES)
    hand_over(root, "2026-w14", FRIDAY, sent=is_known)
    if not is_known:
        hand_over(root, "2026-w15", FRIDAY + dt.timedelta(days=7))
    edit(root, "The text", "A text")
    (said,) = found(root)
    assert said.startswith(f"content/{FIRST}:1: corrections: {CHANGED}")


def test_a_correction_that_readers_were_told_of_is_not_made_minor(sent: Path) -> None:
    edit(sent, "---\n", CORRECTED)
    send(sent, "2026-w15", FRIDAY + dt.timedelta(days=7))
    edit(sent, "the other one.}", "the other one., minor: true}")
    (said,) = found(sent)
    assert "the correction of 2026-04-05 was sent to readers, but is now minor" in said


def test_an_issue_that_went_out_thin_stays_as_it_is(sent: Path) -> None:
    conf = sent / "pelicanconf.py"
    conf.write_text(f'{conf.read_text()}\nBRIEFING["minimum_stories"] = 2\n', encoding="utf-8")
    (said,) = found(sent)
    assert "2026-w15.md" in said
    assert "has 1 of the 2 stories" in said


def test_an_issue_that_went_out_before_its_day_has_its_page(sent: Path) -> None:
    library = library_of(sent)
    before = Publication(library, dt.date(2026, 4, 2))
    assert [issue.id for issue in before.issues] == [issue.id for issue in before.addressed_issues] == ["2026-w14"]
    assert "2026-03-30-a-first-story" in {story.id for story in before.addressed_stories}
