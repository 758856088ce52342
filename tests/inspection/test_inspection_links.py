"""Links: the same everywhere, and nobody followed."""

from __future__ import annotations

from typing import Any

import pytest

from briefing.weblinks import tracking

FRIEND = "https://friend.example/"
SOURCE = "https://journal.example/first?page=1"


def test_html_text_and_page_have_the_same(desk: Any) -> None:
    row = desk.look().row("links")
    assert (row.verdict, row.note) == ("ok", "")


@pytest.mark.parametrize(
    ("where", "changed", "said"),
    [
        ("html", (f'href="{FRIEND}"', 'href="https://other.example/"'), f"the HTML lacks the link {FRIEND}"),
        ("html", (f'href="{FRIEND}"', 'href="https://other.example/"'), "the plain text lacks the link https://other"),
        (
            "html",
            (f'href="{FRIEND}"', 'href="https://other.example/"'),
            "the issue's page lacks the link https://other",
        ),
        ("html", (f'href="{FRIEND}"', 'href="https://other.example/"'), f"the digest lacks the link {FRIEND}"),
        ("text", (FRIEND, "https://other.example/"), f"the plain text lacks the link {FRIEND}"),
        ("html", (f'href="{FRIEND}"', 'href="/about/"'), "/about/ begins with neither https: nor mailto:"),
        ("html", (f'href="{FRIEND}"', 'href="ftp://friend.example/"'), "begins with neither https: nor mailto:"),
    ],
)
def test_a_link_that_differs_is_told(desk: Any, where: str, changed: tuple[str, str], said: str) -> None:
    found = desk.look(**{where: changed})
    assert found.row("links").verdict == "error"
    assert any(said in problem.what for problem in found.problems("links")), found.problems("links")


def test_a_page_without_a_link_is_told(desk: Any) -> None:
    page = desk.around.page.replace("https://courier.example/third", "https://other.example/")
    problems = desk.look(page=page).problems("links")
    assert {(problem.path, problem.what.partition(" lacks")[0]) for problem in problems} == {
        ("content/stories/2026/2026-03-31-another.md", "the issue's page"),
        ("content/issues/2026-w14.md", "the digest"),
    }


def test_without_the_page_the_row_says_so(desk: Any) -> None:
    row = desk.look(page=None).row("links")
    assert (row.verdict, row.note) == ("ok", "not compared with the page")


def test_a_link_that_follows_its_reader_is_told_where_it_was_written(make_desk: Any) -> None:
    files = make_desk.__globals__["FILES"]
    name = "content/stories/2026/2026-03-30-a-lead.md"
    followed = make_desk({name: files[name].replace("?page=1", "?page=1&utm_source=x&fbclid=y")})
    (problem,) = followed.look().problems("links")
    assert problem.path == name
    assert f"{SOURCE}&utm_source=x&fbclid=y follows its reader by utm_source, fbclid" == problem.what


@pytest.mark.parametrize("query", ["utm_medium=a", "UTM_source=a", "gclid=", "mc_cid=1", "msclkid=1", "a=1&fbclid=2"])
def test_parameters_that_follow_are_known(query: str) -> None:
    assert tracking(f"https://a.example/?{query}")


@pytest.mark.parametrize("query", ["", "page=1", "id=2&q=utm_source", "v=x#utm_source=1"])
def test_other_parameters_are_let_through(query: str) -> None:
    assert tracking(f"https://a.example/?{query}") == ()
