"""Names of files, and addresses that no file system could keep."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefing import settings as publication_settings
from briefing import urls
from briefing.authoring.new_story import new_story
from briefing.checks.content import checked_settings, find_problems
from briefing.content.library import read_library
from briefing.errors import ProblemsFoundError, errors_of
from briefing.pages import issue_names
from briefing.site.edition import BuildOptions, open_edition
from briefing.site.rendering import render_all

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakePublication

    from briefing.errors import Problem

STORY = """\
---
title: T
date: 2026-04-01
summary: S.
topic: Law
sources: [{name: SOURCE, url: null, note: n}]
tags: [a, TAG]
aliases: [/x/, /ALIAS]
---
Text.
"""
LONG = {"TAG": "t", "SOURCE": "s", "ALIAS": "a"}


def found_in(root: Path) -> list[Problem]:
    return list(errors_of(find_problems(read_library(publication_settings.load(root)), dt.date(2026, 5, 1))))


def story(**names: str) -> str:
    text = STORY
    for mark, name in {**LONG, **names}.items():
        text = text.replace(mark, name)
    return text


@pytest.mark.parametrize(
    ("mark", "line", "field"), [("SOURCE", 6, "sources.1.name"), ("TAG", 7, "tags.2"), ("ALIAS", 8, "aliases.2")]
)
@pytest.mark.parametrize("letter", ["x", "\u6771"], ids=["latin", "cjk"])
def test_a_name_whose_page_no_file_system_could_keep_is_a_problem(
    publication: MakePublication, mark: str, line: int, field: str, letter: str
) -> None:
    longest = letter * (urls.MAX_PART_BYTES // len(letter.encode()))
    name = "stories/2026/2026-04-01-s.md"
    root = publication({name: story(**{mark: longest})})
    assert found_in(root) == []
    edition = open_edition(publication_settings.load(root), BuildOptions(as_of=dt.date(2026, 5, 1)))
    render_all(edition)
    assert max(len(part.encode()) for file in edition.site.files for part in file.split("/")) < 255
    (root / "content" / name).write_text(story(**{mark: longest + letter}), encoding="utf-8")
    assert [(p.path, p.line, p.field) for p in found_in(root)] == [(f"content/{name}", line, field)]
    assert "the limit is 240" in found_in(root)[0].what


@pytest.mark.parametrize(
    "name",
    [
        *(f"stories/2026/2026-04-01-{'x' * 230}.md", f"issues/2026-w14-{'x' * 232}.md", f"threads/{'x' * 241}.md"),
        *(f"curators/{'x' * 241}.md", f"pages/{'x' * 241}.md", f"images/{'x' * 241}.png", f"static/{'x' * 241}"),
        "static/" + "/".join(["x" * 200] * 5),
    ],
    ids=["story", "issue", "thread", "curator", "page", "picture", "file", "path"],
)
def test_a_file_whose_page_no_file_system_could_keep_is_a_problem(publication: MakePublication, name: str) -> None:
    texts = {
        "issues": "---\nnumber: 2\ntitle: T\ndate: 2026-04-03\nlead: second\n---\n",
        "threads": "---\ntitle: T\nsummary: S.\n---\n",
        "curators": "---\nname: C\n---\n",
        "pages": "---\ntitle: T\n---\n",
        "stories": story(),
    }
    found = found_in(publication({name: texts.get(name.partition("/")[0], "x")}))
    told = [problem for problem in found if "the limit is" in problem.what]
    assert [(problem.path, problem.line, problem.hint) for problem in told] == [
        (f"content/{name}", 1, "rename the file")
    ]


@pytest.mark.parametrize(
    ("setting", "field"),
    [
        ('BRIEFING = {"topics": ["Law", "LONG"]}', "BRIEFING.topics.2"),
        ('BRIEFING = {"topics": ["Law"], "slugs": {"Tag": "LONG"}}', "BRIEFING.slugs.Tag"),
    ],
)
def test_a_topic_or_address_too_long_is_a_problem_of_the_settings(
    publication: MakePublication, setting: str, field: str
) -> None:
    root = publication(settings=setting.replace("LONG", "x" * 241) + "\n")
    with pytest.raises(ProblemsFoundError) as refused:
        checked_settings(root)
    told = [problem for problem in refused.value.problems if "the limit is" in problem.what]
    assert [(problem.path, problem.line, problem.field) for problem in told] == [("pelicanconf.py", 15, field)]


def test_addresses_follow_the_language_of_the_publication_and_of_the_story(
    publication: MakePublication,
) -> None:
    name = "stories/2026/2026-04-01-gr\u00fcn.md"
    text = story(TAG="Gr\u00f6\u00dfe").replace("Text.", "## \u00dcber uns")
    root = publication({name: text}, 'DEFAULT_LANG = "de"\n')
    english = "stories/2026/2026-04-02-r\u00fcsch.md"
    (root / "content" / english).write_text(
        text.replace("04-01", "04-02").replace("/x/", "/y/").replace("/a]", "/b]\nlang: en")
    )
    found = {p.path: p.hint for p in found_in(root)}
    assert found == {
        f"content/{name}": "rename it to 2026-04-01-gruen.md",
        f"content/{english}": "rename it to 2026-04-02-rusch.md",
    }
    library = read_library(publication_settings.load(root))
    assert library.settings.slug("Gr\u00f6\u00dfe") == "groesse"
    assert [s.body.headings[0].anchor for s in library.stories if s.body.headings] == ["uber-uns", "ueber-uns"]
    written = new_story(library.settings, "\u00dcbung", date=dt.date(2026, 4, 3))
    assert written.name == "2026-04-03-uebung.md"


def issue(number: int, date: str) -> str:
    return f"---\nnumber: {number}\ntitle: Number {number}\ndate: {date}\nlead: s-{number}\n---\n"


def several(names: dict[str, str]) -> dict[str, str | None]:
    """A week of issues, by their names and dates, each with a story of its own."""
    files: dict[str, str | None] = {"issues/2026-w14.md": None}
    for number, (name, date) in enumerate(names.items(), start=1):
        files[f"issues/{name}.md"] = issue(number, date)
        files[f"stories/{date}-s-{number}.md"] = story().replace("2026-04-01", date).replace("/x/, /a", f"/{number}/")
    return files


def test_a_week_of_issues_shows_each(publication: MakePublication) -> None:
    week = {
        "2026-w48-mon": "2026-11-23",
        "2026-11-25": "2026-11-25",
        "2026-w48-thu": "2026-11-26",
        "2026-w48": "2026-11-27",
    }
    root = publication(several(week))
    settings = publication_settings.load(root)
    assert find_problems(read_library(settings)) == ()
    edition = open_edition(settings, BuildOptions(as_of=dt.date(2026, 12, 1)))
    render_all(edition)
    page = edition.site.files["weeks/2026-w48/index.html"]
    assert isinstance(page, bytes)
    shown = page.decode().partition("Issues: ")[2].partition("</span>")[0]
    links = [f'<a href="/issues/{name}/">Number {number}</a>' for number, name in enumerate(week, start=1)]
    assert shown == ", ".join(links)
    for (older, _), (newer, _) in itertools.pairwise(week.items()):
        read = edition.site.files[f"issues/{newer}/index.html"]
        assert isinstance(read, bytes)
        assert f'rel="prev" href="/issues/{older}/"' in read.decode()
    assert {f"{name}/digest.eml" for name in week} <= edition.outbox.files.keys()


def test_files_with_other_names_are_each_given_one_of_their_own(publication: MakePublication) -> None:
    wrong = {
        "a": "2026-11-23",
        "b": "2026-11-23",
        "c": "2026-11-27",
        "2026-13-01": "2026-11-27",
        "2026-w48-mon": "2026-11-24",
    }
    root = publication(several(wrong))
    found = find_problems(read_library(publication_settings.load(root)))
    assert {
        p.path.rpartition("/")[2]: p.hint.partition(",")[0].partition(":")[0] for p in found if "/issues/" in p.path
    } == {
        "a.md": "rename it to 2026-11-23.md",
        "b.md": "rename it to 2026-11-23-2.md",
        "2026-13-01.md": "rename it to 2026-w48-fri.md",
        "c.md": "rename it to 2026-11-27.md",
        "2026-w48-mon.md": "rename the file to 2026-w48-tue.md",
    }


def test_in_a_week_of_several_issues_a_free_weekday_or_day_is_proposed(publication: MakePublication) -> None:
    root = publication(several({"2026-w48-mon": "2026-11-23", "2026-w48-tue": "2026-11-23"}))
    (found,) = [
        p
        for p in find_problems(read_library(publication_settings.load(root)))
        if "w48-tue" in p.path and p.field == "date"
    ]
    assert "2026-11-23.md" in found.hint
    assert "2026-w48-mon is taken" in found.hint


@given(st.dates(dt.date(1001, 1, 1), dt.date(8998, 1, 1)), st.sets(st.integers(0, 8)))
def test_a_proposed_name_fits_and_is_free(date: dt.date, others: set[int]) -> None:
    taken: list[str] = []
    for _ in range(9):
        taken.append(issue_names.named(date, taken))
    assert len(set(taken)) == 9
    left = {taken[place] for place in others}
    name = issue_names.named(date, left)
    assert name not in left
    assert issue_names.is_issue_name(name)
    assert issue_names.fits(name, date)
    assert not issue_names.fits(name, date + dt.timedelta(days=7))
