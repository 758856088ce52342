"""Rules of warning, and how the findings of all rules come together."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from tests.conftest import MAILED

from briefing import settings as publication_settings
from briefing.checks.content import find_problems
from briefing.content.library import read_library
from briefing.content.library.records import sent_text
from briefing.content.model import Counts, SentRecord
from briefing.errors import Weight

if TYPE_CHECKING:
    from tests.conftest import MakePublication

    from briefing.errors import Problem

HEAD = "title: T\ndate: 2026-04-01\nsummary: S.\ntopic: Law\nsources: [{name: A, url: null, note: n}]\n"
NAME = "stories/2026/2026-04-01-s.md"


def found_in(publication: MakePublication, files: dict[str, str], today: dt.date = dt.date.max) -> tuple[Problem, ...]:
    return find_problems(read_library(publication_settings.load(publication(files, settings=MAILED))), today)


def story(more: str = "", body: str = "Text.", head: str = HEAD) -> str:
    return f"---\n{head}{more}---\n{body}\n"


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        (story("key_questions: [Why?, TODO ask]\n"), 7, "key_questions.2"),
        (story(head=HEAD.replace("title: T", "title: TODO")), 2, "title"),
        (story(head=HEAD.replace("topic: Law", "topic: TODO one of them")), 5, "topic"),
        (story(head=HEAD.replace("note: n", "note: TODO")), 6, "sources.1.note"),
        (story(body="One.\n\nTODO: two."), 10, "body"),
    ],
)
def test_a_todo_is_an_error_only_where_readers_would_see_it(
    publication: MakePublication, text: str, line: int, field: str
) -> None:
    draft = text.replace("---\n", "---\nstatus: draft\n", 1).replace("summary: ", "summary: Another. ")
    name = "stories/2026/2026-04-01-d.md"
    found = found_in(publication, {NAME: text, name: draft})
    assert [(problem.path, problem.line, problem.field, problem.weight) for problem in found] == [
        (f"content/{name}", line + 1, field, Weight.WARNING),
        (f"content/{NAME}", line, field, Weight.ERROR),
    ]
    assert all("TODO" in problem.what for problem in found)


@pytest.mark.parametrize("body", ["A TODO within a line.", "TODOS", "Nothing."])
def test_a_word_is_no_todo(publication: MakePublication, body: str) -> None:
    assert found_in(publication, {NAME: story(body=body)}) == ()


def test_a_todo_for_a_title_is_told_once(publication: MakePublication) -> None:
    issue = "---\nnumber: 2\ntitle: TODO\ndate: 2026-04-10\nlead: s\n---\n"
    found = found_in(publication, {NAME: story(), "issues/2026-w15.md": issue})
    assert [problem.field for problem in found] == ["title"]


def test_a_name_that_says_another_day_is_a_warning(publication: MakePublication) -> None:
    issue = "---\nnumber: 2\ntitle: T\ndate: 2026-04-20\nlead: s\n---\n"
    found = found_in(publication, {"stories/2026/2026-04-02-s.md": story(), "issues/2026-w15.md": issue})
    assert [(problem.path, problem.line, problem.field, problem.weight) for problem in found] == [
        ("content/issues/2026-w15.md", 4, "date", Weight.WARNING),
        ("content/stories/2026/2026-04-02-s.md", 3, "date", Weight.WARNING),
    ]


def test_once_sent_the_record_says_what_readers_have(publication: MakePublication) -> None:
    issue = "---\nnumber: {}\ntitle: T\ndate: {}\nlead: {}\n---\n"
    record = SentRecord(
        issue="2026-w15",
        subject="S",
        fingerprint="0" * 64,
        transport="file:x",
        keeps="bytes",
        opened=dt.datetime(2026, 4, 10, tzinfo=dt.UTC),
        finished=dt.datetime(2026, 4, 10, tzinfo=dt.UTC),
        recipients=0,
        counts=Counts(sent=0, dead=0, suppressed=0, unknown=0),
        stories=("2026-04-01-s",),
        content_hashes={"2026-04-01-s": "0" * 64},
    )
    head = HEAD.replace("04-01", "04-02")
    late = {f"stories/2026/2026-04-02-{name}.md": story(body=name, head=head) for name in "tu"}
    files = {
        NAME: story(),
        **late,
        "issues/2026-w15.md": issue.format(2, "2026-04-10", "t"),
        "issues/2026-w15.sent.json": sent_text(record),
        "issues/2026-w16.md": issue.format(3, "2026-04-17", "s"),
        "issues/2026-w17.md": issue.format(4, "2026-04-24", "t"),
    }
    assert [(one.path, one.line, one.field, one.weight) for one in found_in(publication, files)] == [
        ("content/issues/2026-w15.md", 5, "lead", Weight.WARNING),
        ("content/issues/2026-w16.md", 5, "lead", Weight.ERROR),
    ]


@pytest.mark.parametrize(
    ("front", "body"),
    [
        ("", "We were wrong."),
        ("links: [{title: X, url: 'https://x.example/'}]\n", "See below."),
        ("status: hidden\n", "We were wrong."),
    ],
)
def test_an_issue_without_a_number_may_be_a_notice(publication: MakePublication, front: str, body: str) -> None:
    text = f"---\ntitle: T\ndate: 2026-04-10\n{front}---\n{body}\n"
    found = found_in(publication, {NAME: story(), "issues/2026-w15-note.md": text})
    assert [problem for problem in found if problem.path != "pelicanconf.py"] == []  # a hidden one waits to be sent


def test_a_notice_is_no_thin_week(publication: MakePublication) -> None:
    notice = "---\ntitle: T\ndate: 2026-04-10\n---\nText.\n"
    root = publication({"issues/2026-w15-note.md": notice}, 'BRIEFING["minimum_stories"] = 2\n')
    assert find_problems(read_library(publication_settings.load(root))) == ()


@pytest.mark.parametrize(
    ("target", "is_fine"),
    [
        ("{filename}2026-04-02-draft.md", False),
        ("{filename}2026-04-20-late.md", False),
        ("{filename}2026-04-02-hidden.md", True),
        ("{filename}2026-04-02-hidden.md#heads", False),
        ("{filename}2026-04-02-hidden.md#head", True),
        ("{filename}../../threads/the-thread.md", True),
        ("{filename}../../issues/2026-w14.md", True),
        ("{static}/images/none.pdf", False),
        ("/topics/law/", True),
        ("/topics/%6Caw/", True),
        ("/topics/law/page/2/", False),
        ("/topics/none/", False),
        ("/about/?a=b#c", True),
        ("/feeds/all.atom.xml", True),
        ("#own", True),
        ("#fn-1", True),
    ],
)
def test_links_within_the_site_lead_to_what_is_there_that_day(
    publication: MakePublication,
    target: str,
    *,
    is_fine: bool,
) -> None:
    day = HEAD.replace("04-01", "04-02")
    files = {
        NAME: story(body=f"Text.\n\n## Own\n\n[a]({target})[^1]\n\n[^1]: A note."),
        "stories/2026/2026-04-02-draft.md": story("status: draft\n", head=day),
        "stories/2026/2026-04-02-hidden.md": story("status: hidden\n", "## Head", head=day),
        "stories/2026/2026-04-20-late.md": story(head=HEAD.replace("04-01", "04-20")),
    }
    found = found_in(publication, files, dt.date(2026, 4, 10))
    places = [] if is_fine else [(f"content/{NAME}", 12, "body")]
    assert [(problem.path, problem.line, problem.field) for problem in found] == places


def test_findings_are_in_order_and_each_is_told_once(publication: MakePublication) -> None:
    body = "[a](#x) [b](#x)\n\n[c](#x)\n"
    found = found_in(publication, {NAME: story("thread: none\n", body), "pages/b.md": "---\ntitle: B\n---\n[a](#x)\n"})
    assert [(problem.path, problem.line) for problem in found] == [
        ("content/pages/b.md", 4),
        (f"content/{NAME}", 7),
        (f"content/{NAME}", 9),
        (f"content/{NAME}", 11),
    ]
