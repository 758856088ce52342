"""`new issue`: which stories it takes, how it orders them, and that it never overwrites or loses one."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from tests.conftest import MAILED

from briefing.authoring.new_issue import draft_text, new_issue
from briefing.authoring.selection import select_stories
from briefing.checks import content
from briefing.content import frontmatter
from briefing.content.library import read_library
from briefing.content.model import IssueFrontMatter
from briefing.errors import BriefingError, ProblemsFoundError
from briefing.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.authoring.conftest import Said, WriteStory
    from tests.conftest import MakePublication

    from briefing.authoring.selection import Selection

    Say = Callable[..., Said]
    Snapshot = Callable[[Path], dict[str, bytes]]

ISSUE = """\
---
number: {number}
title: An issue
date: {date}
lead: {lead}
status: {status}
---
Hello.
"""


def issue(number: int, date: str, lead: str, status: str = "published") -> str:
    return ISSUE.format(number=number, date=date, lead=lead, status=status)


def file(name: str) -> str:
    return f"stories/2026/{name}.md"


def picked(root: Path, day: str) -> Selection:
    library = read_library(load(root))
    return select_stories(library, content.find_problems(library), dt.date.fromisoformat(day))


def shape(picks: Selection) -> dict[str, list[str]]:
    return {section.title: [story.slug for story in section.stories] for section in picks.sections}


@pytest.fixture
def week(publication: MakePublication, story: WriteStory) -> Callable[[Mapping[str, str | None]], Path]:
    """The small publication, whose only issue is of 3 April, with stories of the week after it, and more."""

    def make(more: Mapping[str, str | None]) -> Path:
        return publication(
            {
                file("2026-04-06-brief-law"): story("2026-04-06", topic="Law"),
                file("2026-04-07-long-brief"): story("2026-04-07", body="word " * 500),
                file("2026-04-07-main-short"): story("2026-04-07", kind="main"),
                file("2026-04-08-main-long"): story("2026-04-08", kind="main", topic="Law", body="word " * 50),
                file("2026-04-08-brief"): story("2026-04-08T09:00:00+02:00"),
                **more,
            },
            settings=MAILED,
        )

    return make


def test_the_longest_main_story_leads_and_sections_follow_the_settings(
    week: Callable[..., Path], say: Say, story: WriteStory
) -> None:
    root = week({file("2026-04-09-draft"): story("2026-04-09", topic="Law", status="draft")})
    done = say(root, "new", "issue", "--date", "2026-04-10")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "lead: 2026-04-08-main-long",
        "Science: 3 stories",
        "Law: 1 story, 1 finished draft in comments",
        "issue 2: content/issues/2026-w15.md",
    ]
    assert (
        (root / "content/issues/2026-w15.md").read_text()
        == """\
---
number: 2
title: TODO
date: 2026-04-10
subject: TODO  # the email's subject
preheader: TODO  # what inboxes show after the subject
lead: 2026-04-08-main-long
sections:
  - title: Science
    stories:
      - 2026-04-07-main-short
      - 2026-04-08-brief
      - 2026-04-07-long-brief
  - title: Law
    stories:
      - 2026-04-06-brief-law
      # - 2026-04-09-draft  # draft: run ready first
# links:
#   - title: The link's text
#     url: "https://..."
#     source: Who published it
#     note: One line about it.
status: draft
---
TODO: write the introduction.
"""
    )
    checked = say(root, "check")
    assert checked.code == 0
    assert checked.err.count("2026-w15.md") == checked.err.count("contains a TODO") == 4


def test_a_filled_draft_with_its_comments_taken_up_passes(
    week: Callable[..., Path], say: Say, story: WriteStory
) -> None:
    root = week({file("2026-04-09-draft"): story("2026-04-09", topic="Law", status="draft")})
    say(root, "new", "issue", "--date", "2026-04-10")
    path = root / "content/issues/2026-w15.md"
    text = path.read_text().replace("title: TODO", "title: The week").replace("# - 2026-04-09", "- 2026-04-09")
    path.write_text(
        text.replace("TODO: write the introduction.", "Hello.")
        .replace("subject: TODO", "subject: Short")
        .replace(": TODO", ": More")
    )
    refused = say(root, "ready", "2026-w15")
    assert refused.code == 1
    assert "`2026-04-09-draft` is a draft; run `ready 2026-04-09-draft`" in refused.err
    done = say(root, "ready", "2026-w15", "draft")
    assert (done.code, done.err) == (0, "")
    assert say(root, "check").err == ""


def test_a_story_that_missed_the_last_issue_is_not_lost(week: Callable[..., Path], story: WriteStory) -> None:
    root = week(
        {
            "issues/2026-w15.md": issue(2, "2026-04-10", "2026-04-08-main-long"),
            file("2026-04-02-long-ago"): story("2026-04-02"),
            file("2026-04-03-on-the-day"): story("2026-04-03"),
            file("2026-04-04-main-missed"): story("2026-04-04", kind="main", body="word " * 900),
            file("2026-04-13-main-new"): story("2026-04-13", kind="main"),
            file("2026-04-18-tomorrow"): story("2026-04-18"),
        }
    )
    picks = picked(root, "2026-04-17")
    assert picks.lead is not None
    assert picks.lead.slug == "main-new"  # new since the last issue, though another is longer
    assert shape(picks) == {
        "Science": ["main-short", "main-missed", "brief", "long-brief"],
        "Law": ["brief-law"],
    }
    assert sorted(story.slug for story in picks.older) == ["long-ago", "on-the-day"]


def test_left_out_stories_are_told(week: Callable[..., Path], say: Say, story: WriteStory) -> None:
    root = week(
        {
            "issues/2026-w15.md": issue(2, "2026-04-10", "2026-04-08-main-long"),
            **{file(f"2026-03-{day}-old"): story(f"2026-03-{day}") for day in range(10, 22)},
            file("2026-04-07-traduit"): story("2026-04-07").replace(
                "status:", "translation_of: long-brief\nlang: fr\nstatus:"
            ),
            file("2026-04-09-hidden"): story("2026-04-09", status="hidden"),
            file("2026-04-09-broken"): story("2026-04-09", topic="Nothing"),
            file("2026-04-09-unread"): "---\nno end",
            file("2026-04-09-begun"): story("2026-04-09", status="draft", body="TODO"),
            file("2026-04-09-faulty-draft"): story("2026-04-09", status="draft", topic="Nothing"),
        }
    )
    done = say(root, "new", "issue", "--date", "2026-04-17")
    assert done.code == 0, done.err
    older, translated, faulty, made = done.out.splitlines()[-4:]
    assert older.startswith("left out, older than the issue before the last: 2026-03-21-old, 2026-03-20-old, ")
    assert older.endswith("2026-03-12-old and 2 more")
    assert translated == "left out, translations: 2026-04-07-traduit"
    assert faulty == "left out, stories with errors (run check): " + ", ".join(
        f"content/stories/2026/2026-04-09-{name}.md" for name in ("broken", "faulty-draft", "unread")
    )
    assert made == "issue 3: content/issues/2026-w16.md"
    text = (root / "content/issues/2026-w16.md").read_text()
    for absent in ("hidden", "traduit", "broken", "begun", "faulty", "old"):
        assert absent not in text


def test_a_story_in_any_issue_is_not_free(week: Callable[..., Path]) -> None:
    root = week(
        {
            "issues/2026-w15.md": issue(2, "2026-04-10", "main-long", "draft"),
            "issues/2026-w20.md": issue(9, "2026-05-15", "2026-04-07-main-short", "hidden"),
        }
    )
    path, number, picks = new_issue(load(root), date=dt.date(2026, 4, 17))
    assert (path.name, number) == ("2026-w16.md", 10)
    assert picks.lead is not None
    assert picks.lead.slug == "long-brief"
    assert shape(picks) == {"Science": ["brief"], "Law": ["brief-law"]}


def test_a_notice_counts_for_nothing(week: Callable[..., Path]) -> None:
    notice = "---\ntitle: We were wrong\ndate: 2026-04-09\n---\nIt was the other one.\n"
    root = week({})
    before = shape(picked(root, "2026-04-10"))
    (root / "content/issues/2026-w15-correction.md").write_text(notice, encoding="utf-8")
    assert shape(picked(root, "2026-04-10")) == before
    path, number, _ = new_issue(load(root), date=dt.date(2026, 4, 10))
    assert (path.name, number) == ("2026-w15.md", 2)


def test_a_section_of_drafts_alone_stands_behind_signs(publication: MakePublication, story: WriteStory) -> None:
    root = publication(
        {
            file("2026-04-06-one"): story("2026-04-06"),
            file("2026-04-07-two"): story("2026-04-07", topic="Law", status="draft"),
        }
    )
    path, _, _ = new_issue(load(root), date=dt.date(2026, 4, 10))
    text = path.read_text()
    assert (
        "\nsections: []\n  # - title: Law\n  #   stories:\n  #     - 2026-04-07-two  # draft: run ready first\n" in text
    )
    taken_up = text.replace("sections: []", "sections:").replace("  # ", "  ").replace("  draft: run", "  # draft: run")
    for data in (text, taken_up):
        document, problems = frontmatter.read(data.encode(), "x.md")
        assert document is not None
        assert not problems
        assert not frontmatter.validate(IssueFrontMatter, document)[1]
    assert document is not None
    assert document.values["sections"] == [{"title": "Law", "stories": ["2026-04-07-two"]}]


def test_ids_and_topics_with_signs_are_quoted(publication: MakePublication, story: WriteStory) -> None:
    root = publication(
        {
            file("2026-04-06-東京"): story("2026-04-06", kind="main"),
            file("2026-04-07-x"): story("2026-04-07", topic='"C#: x"'),
        },
        settings='\nBRIEFING["topics"].append("C#: x")\n',
    )
    picks = picked(root, "2026-04-10")
    document, problems = frontmatter.read(draft_text(picks, 2, dt.date(2026, 4, 10)).encode(), "x.md")
    assert document is not None
    assert not problems
    assert document.values["lead"] == "2026-04-06-東京"
    assert document.values["sections"] == [{"title": "C#: x", "stories": ["2026-04-07-x"]}]


def test_the_first_issue_takes_all(publication: MakePublication, say: Say) -> None:
    root = publication({"issues/2026-w14.md": None})
    assert say(root, "new", "issue", "--date", "2026-12-31").out.splitlines() == [
        "lead: 2026-03-30-a-first-story",
        "Law: 1 story",
        "issue 1: content/issues/2026-w53.md",
    ]


def test_an_issue_that_is_there_is_left_alone_and_another_may_be_named(
    week: Callable[..., Path], say: Say, snapshot: Snapshot
) -> None:
    root = week({"issues/2026-w15.md": issue(7, "2026-04-10", "2026-04-08-main-long", "draft")})
    before = snapshot(root)
    refused = say(root, "new", "issue", "--date", "2026-04-10")
    assert refused.code == 1
    assert (
        refused.err == "error: the issue 2026-w15 already exists; choose another name with --id, such as 2026-w15-fri\n"
    )
    assert snapshot(root) == before
    done = say(root, "new", "issue", "--date", "2026-04-10", "--id", "2026-w15-extra")
    assert done.out.splitlines()[-1] == "issue 8: content/issues/2026-w15-extra.md"
    assert {name: data for name, data in snapshot(root).items() if name in before} == before


def test_an_issue_that_another_program_writes_meanwhile_is_left_to_it(
    week: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = week({"issues/2026-w15.md": issue(7, "2026-04-10", "2026-04-08-main-long", "draft")})
    monkeypatch.setattr("briefing.authoring.file_names.existing_ids", lambda _: frozenset())
    with pytest.raises(BriefingError, match="the issue 2026-w15 already exists"):
        new_issue(load(root), date=dt.date(2026, 4, 10))
    assert "number: 7" in (root / "content/issues/2026-w15.md").read_text()


def test_names_that_differ_by_case_are_one(week: Callable[..., Path], say: Say) -> None:
    root = week({"issues/2026-W15.md": "broken"})
    assert "the issue 2026-w15 already exists" in say(root, "new", "issue", "--date", "2026-04-10").err


@pytest.mark.parametrize(
    "name",
    ["2026-w16", "extra", "2026-w15-mon", "2026-04-09", "2026-w15/../x", "2026-w15-Ü", "2026-w15 x", "../2026-w15"],
)
def test_a_name_that_is_none_of_that_week_is_refused(week: Callable[..., Path], say: Say, name: str) -> None:
    done = say(week({}), "new", "issue", "--date", "2026-04-10", "--id", name)
    assert done.code == 2
    assert "is not a valid name for an issue of 2026-04-10; write 2026-w15, with any suffix" in done.err


def test_a_broken_issue_stops_it_since_its_stories_would_look_free(
    week: Callable[..., Path], say: Say, snapshot: Snapshot
) -> None:
    root = week({"issues/2026-w14.md": "---\nlead: a: b\n", "threads/x.md": "broken"})
    before = snapshot(root)
    done = say(root, "new", "issue", "--date", "2026-04-10")
    assert done.code == 1
    assert "content/issues/2026-w14.md:1: the front matter is not closed" in done.err
    assert "threads" not in done.err
    assert snapshot(root) == before
    with pytest.raises(ProblemsFoundError):
        new_issue(load(root), date=dt.date(2026, 4, 10))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "no published story is free for an issue of 2026-04-10; write one with new story"),
        ({"2026-04-06-x": {"status": "draft"}}, "publish finished drafts: ready 2026-04-06-x"),
        ({"2026-04-06-x": {"topic": "None"}}, "stories with errors were skipped, run check: content/stories/2026/"),
        ({"2026-04-11-x": {}}, "or choose another --date"),
    ],
)
def test_without_a_story_there_is_no_issue(
    publication: MakePublication, story: WriteStory, say: Say, files: dict[str, dict[str, str]], said: str
) -> None:
    root = publication({file(name): story(name[:10], **values) for name, values in files.items()})
    done = say(root, "new", "issue", "--date", "2026-04-10")
    assert done.code == 1
    assert said in done.err
    assert not (root / "content/issues/2026-w15.md").exists()


def test_only_older_stories_are_told_too(publication: MakePublication, story: WriteStory, say: Say) -> None:
    root = publication(
        {
            file("2026-03-01-old"): story("2026-03-01"),
            file("2026-04-06-x"): story("2026-04-06"),
            "issues/2026-w15.md": issue(2, "2026-04-10", "x"),
        }
    )
    done = say(root, "new", "issue", "--date", "2026-04-17")
    assert done.code == 1
    assert "only older ones are in no issue: 2026-03-01-old" in done.err


def test_the_same_content_makes_the_same_draft(week: Callable[..., Path]) -> None:
    root = week({})
    first, again = (draft_text(picked(root, "2026-04-10"), 2, dt.date(2026, 4, 10)) for _ in range(2))
    assert first == again


@pytest.mark.parametrize(
    "name", ["2026-w15-fri", "2026-w15-fri-extra", "2026-04-10", "2026-04-10-b", "2026-w15-friends"]
)
def test_an_issue_may_be_named_by_its_day(week: Callable[..., Path], say: Say, name: str) -> None:
    root = week({})
    assert say(root, "new", "issue", "--date", "2026-04-10", "--id", name).out.endswith(f"content/issues/{name}.md\n")
    assert [
        problem.what for problem in content.find_problems(read_library(load(root))) if problem.field == "date"
    ] == []


def test_a_schedule_of_several_days_names_each_issue_by_its_own(publication: MakePublication, say: Say) -> None:
    root = publication({"issues/2026-w14.md": None}, 'BRIEFING["schedule"] = "Mon,Thu 07:00 Europe/London"\n')
    done = say(root, "new", "issue", "--date", "2026-04-02")
    assert done.out.splitlines()[-1] == "issue 1: content/issues/2026-w14-thu.md"


def test_a_name_too_long_for_its_records_is_refused(week: Callable[..., Path], say: Say) -> None:
    done = say(week({}), "new", "issue", "--date", "2026-04-10", "--id", f"2026-w15-{'x' * 232}")
    assert done.code == 2
    assert "241 bytes, the limit is 240" in done.err
