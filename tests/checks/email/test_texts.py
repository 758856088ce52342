"""Alternative texts, names of links, headings, languages and tables."""

from __future__ import annotations

from typing import Any

import pytest

ALT = 'alt="Five frames of a film"'
FRIEND = ">a friend</a>"


def test_the_theme_passes(desk: Any) -> None:
    found = desk.look()
    assert found.row("texts").verdict == found.row("structure").verdict == "ok"
    assert found.row("structure").note == "levels 123332232"


@pytest.mark.parametrize(
    ("changed", "said", "weight"),
    [
        ((ALT, ""), "the picture film.png has no alternative text", "error"),
        ((ALT, 'alt="film.png"'), "the alternative text of film.png is its file's name", "warning"),
        ((FRIEND, ">here</a>"), "the link to https://friend.example/ is called \u201chere\u201d", "error"),
        ((FRIEND, "> Click  here. </a>"), "is called \u201cClick here.\u201d", "error"),
        ((FRIEND, "></a>"), "the link to https://friend.example/ has no text", "error"),
        ((FRIEND, "><img alt=''></a>"), "the link to https://friend.example/ has no text", "error"),
        ((FRIEND, ">https://bank.example/</a>"), "leads to friend.example", "error"),
        ((FRIEND, ">www.bank.example</a>"), "leads to friend.example", "error"),
        ((FRIEND, ">bank.com</a>"), "leads to friend.example", "warning"),
        (('<a href="https://friend.example/"', "<a"), "the link \u201ca friend\u201d has no address", "error"),
    ],
)
def test_a_nameless_thing_is_told(desk: Any, changed: tuple[str, str], said: str, weight: str) -> None:
    problems = desk.look(html=changed).problems("texts")
    assert any(said in problem.what and problem.weight == weight for problem in problems), problems


@pytest.mark.parametrize(
    "text", ["friend.example", "https://www.friend.example/x", "Node.js", "There", "a.b", "e.g. this"]
)
def test_an_honest_name_is_let_through(desk: Any, text: str) -> None:
    assert desk.look(html=(FRIEND, f">{text}</a>")).problems("texts") == []


def test_a_picture_may_name_its_link(desk: Any) -> None:
    picture = '><img src="https://example.org/news/images/film.png" width="1" height="1" alt="A friend"></a>'
    assert desk.look(html=(FRIEND, picture)).problems("texts") == []


def test_a_fault_leads_to_the_story_and_its_key(desk: Any) -> None:
    asked: list[tuple[str, str]] = []

    def line(path: str, key: str) -> int:
        asked.append((path, key))
        return 17

    (problem,) = desk.look(html=(ALT, ""), line=line).problems("texts")
    assert (problem.path, problem.line) == ("content/stories/2026/2026-03-30-a-lead.md", 17)
    assert ("content/stories/2026/2026-03-30-a-lead.md", "image") in asked


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (("h1", "h2"), "there is no h1"),
        (("h2", "h1"), "there are 5 h1"),
        (("h3", "h4"), "is an h4 below an h2"),
        (('<html lang="en"', "<html"), "<html> has no `lang`"),
        (('role="article" lang="en"', 'role="article"'), "nothing within <body> has a `lang`"),
        (('class="full-width" role="presentation"', 'class="full-width"'), "has neither headers nor role=presentation"),
        (('<table role="presentation" width="552"', '<table width="552"'), "a table for Outlook has no role"),
    ],
)
def test_a_broken_structure_is_told(desk: Any, changed: tuple[str, str], said: str) -> None:
    found = desk.look(html=changed)
    assert found.row("structure").verdict == "error"
    assert any(said in problem.what for problem in found.problems("structure"))


def test_a_table_of_data_needs_headers_and_no_role(desk: Any) -> None:
    table = "<table><tr><{0}>Year</{0}></tr><tr><td>1815</td></tr></table></pre>"
    assert desk.look(html=("</pre>", table.format("th"))).problems("structure") == []
    assert desk.look(html=("</pre>", table.format("td"))).problems("structure") != []
