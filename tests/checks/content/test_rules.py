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
from briefing.errors import Weight, errors_of

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


@pytest.mark.parametrize(
    ("more", "line", "field", "what"),
    [
        ("modified: 2026-03-31\n", 7, "modified", "lies before the story's date"),
        ("corrections: [{date: 2026-03-31, text: x}]\n", 7, "corrections.1.date", "lies before the story's date"),
        ("assisted: true\n", 1, "reviewed_by", "a machine drafted this story"),
        ("authors: [ada, ada]\n", 7, "authors.2", "stands twice"),
        ("tags: [a, b, a]\n", 7, "tags.3", "stands twice"),
        ("translation_of: s\n", 7, "translation_of", "is a translation of itself"),
    ],
)
def test_a_story_that_contradicts_itself(
    publication: MakePublication, more: str, line: int, field: str, what: str
) -> None:
    found = errors_of(found_in(publication, {NAME: story(more)}))
    assert [(problem.line, problem.field) for problem in found] == [(line, field)]
    assert what in found[0].what


def test_an_issue_holds_what_can_be_read_on_its_day(publication: MakePublication) -> None:
    files = {
        NAME: story("status: draft\n"),
        "stories/2026/2026-04-20-late.md": story(head=HEAD.replace("04-01", "04-20")),
        "issues/2026-w15.md": "---\nnumber: 2\ntitle: T\ndate: 2026-04-10\nlead: s\nsections: [{title: A, stories: [late]}]\n---\n",
    }
    found = errors_of(found_in(publication, files))
    assert [(problem.line, problem.field) for problem in found] == [(5, "lead"), (6, "sections.1.stories.1")]
    assert "is a draft" in found[0].what
    assert "is dated 2026-04-20, after the issue" in found[1].what


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
    assert [str(problem) for problem in found_in(publication, files)] == [
        (
            "content/issues/2026-w15.md:5: lead: `2026-04-02-t` was not in the digest that was sent; "
            "readers do not have it: leave it to a next issue (warning)"
        ),
        "content/issues/2026-w16.md:5: lead: `2026-04-01-s` was sent with 2026-w15; move it back to 2026-w15",
    ]


def test_a_number_given_twice_is_told_the_next_one(publication: MakePublication) -> None:
    issue = "---\nnumber: {}\ntitle: T\ndate: {}\nlead: {}\n---\n"
    files = {
        NAME: story(),
        "stories/2026/2026-04-02-t.md": story(head=HEAD.replace("04-01", "04-02")),
        "issues/2026-w15.md": issue.format(1, "2026-04-10", "s"),
        "issues/2026-w16.md": issue.format(7, "2026-04-17", "t"),
    }
    found = errors_of(found_in(publication, files))
    assert [(problem.path, problem.field, problem.hint) for problem in found] == [
        ("content/issues/2026-w15.md", "number", "write 8")
    ]


@pytest.mark.parametrize(
    ("front", "body", "said"),
    [
        ("", "We were wrong.", []),
        ("links: [{title: X, url: 'https://x.example/'}]\n", "See below.", []),
        ("status: hidden\n", "We were wrong.", []),
        ("", "", ["1: number: is missing, which makes this a notice, and a notice without a text says nothing; "]),
        ("lead: s\n", "Text.", ["1: number: is missing: the issue names stories; write 2; only a notice has none"]),
        ("sections: [{title: A, stories: [s]}]\n", "Text.", ["1: number: is missing: the issue names stories"]),
        ("number: 7\n", "Text.", ["1: lead: is missing; the first story, by file name or slug"]),
        ("number:\n", "Text.", ["4: number: is empty; write the issue's number (a notice has none), or remove the key"]),
        ("number: seven\n", "", ["4: number: `seven` is not a whole number"]),
        ("number: seven\nlead: s\n", "Text.", ["4: number: `seven` is not a whole number"]),
        ("number: 2\nlead: [s]\n", "Text.", ["5: lead: is a list, not text"]),
    ],
)
def test_without_a_number_it_is_a_notice(publication: MakePublication, front: str, body: str, said: list[str]) -> None:
    text = f"---\ntitle: T\ndate: 2026-04-10\n{front}---\n{body}\n"
    found = found_in(publication, {NAME: story(), "issues/2026-w15-note.md": text})
    said_here = [
        str(problem) for problem in found if problem.path != "pelicanconf.py"
    ]  # a hidden issue waits to be mailed
    assert len(said_here) == len(said), said_here
    for problem, expected in zip(sorted(said_here), sorted(said), strict=True):
        assert problem.startswith(f"content/issues/2026-w15-note.md:{expected}")


def test_a_notice_is_no_thin_week(publication: MakePublication) -> None:
    notice = "---\ntitle: T\ndate: 2026-04-10\n---\nText.\n"
    root = publication({"issues/2026-w15-note.md": notice}, 'BRIEFING["minimum_stories"] = 2\n')
    assert find_problems(read_library(publication_settings.load(root))) == ()


def test_a_slug_of_two_stories_names_neither(publication: MakePublication) -> None:
    issue = "---\nnumber: 2\ntitle: T\ndate: 2026-04-10\nlead: s\n---\n"
    files = {NAME: story(), "stories/2026/2026-04-02-s.md": story(head=HEAD.replace("04-01", "04-02"))}
    found = errors_of(found_in(publication, {**files, "issues/2026-w15.md": issue}))
    assert [problem.what for problem in found] == ["`s` may be 2026-04-01-s or 2026-04-02-s"]


@pytest.mark.parametrize(
    ("target", "what"),
    [
        ("{filename}2026-04-02-draft.md", "is a draft: its page will not be there"),
        ("{filename}2026-04-20-late.md", "is dated 2026-04-20"),
        ("{filename}2026-04-02-hidden.md", ""),
        ("{filename}2026-04-02-hidden.md#heads", "there is no heading `#heads`"),
        ("{filename}2026-04-02-hidden.md#head", ""),
        ("{filename}../../threads/the-thread.md", ""),
        ("{filename}../../issues/2026-w14.md", ""),
        ("{static}/images/none.pdf", "there is no content/images/none.pdf"),
        ("/topics/law/", ""),
        ("/topics/%6Caw/", ""),
        ("/topics/law/page/2/", "the site has no page /topics/law/page/2/ yet"),
        ("/topics/none/", "no page will be at /topics/none/"),
        ("/about/?a=b#c", ""),
        ("/feeds/all.atom.xml", ""),
        ("#own", ""),
        ("#fn-1", ""),
    ],
)
def test_links_within_the_site_lead_to_what_is_there_that_day(
    publication: MakePublication, target: str, what: str
) -> None:
    day = HEAD.replace("04-01", "04-02")
    files = {
        NAME: story(body=f"Text.\n\n## Own\n\n[a]({target})[^1]\n\n[^1]: A note."),
        "stories/2026/2026-04-02-draft.md": story("status: draft\n", head=day),
        "stories/2026/2026-04-02-hidden.md": story("status: hidden\n", "## Head", head=day),
        "stories/2026/2026-04-20-late.md": story(head=HEAD.replace("04-01", "04-20")),
    }
    found = found_in(publication, files, dt.date(2026, 4, 10))
    if not what:
        assert found == ()
        return
    assert [(problem.path, problem.line, problem.field) for problem in found] == [(f"content/{NAME}", 12, "body")]
    assert what in found[0].what


def test_findings_are_in_order_and_each_is_told_once(publication: MakePublication) -> None:
    body = "[a](#x) [b](#x)\n\n[c](#x)\n"
    found = found_in(publication, {NAME: story("thread: none\n", body), "pages/b.md": "---\ntitle: B\n---\n[a](#x)\n"})
    assert [(problem.path, problem.line) for problem in found] == [
        ("content/pages/b.md", 4),
        (f"content/{NAME}", 7),
        (f"content/{NAME}", 9),
        (f"content/{NAME}", 11),
    ]
