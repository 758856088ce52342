"""Alternative texts, names of links, headings, languages and tables."""

from __future__ import annotations

from typing import Any

import pytest

ALT = 'alt="Five frames of a film"'
FRIEND = ">a friend</a>"


def test_the_theme_passes(rendered: Any) -> None:
    found = rendered.inspected()
    assert found.row("texts").verdict == found.row("structure").verdict == "ok"
    assert found.row("structure").note == "levels 123332232"


@pytest.mark.parametrize(
    "text", ["friend.example", "https://www.friend.example/x", "Node.js", "There", "a.b", "e.g. this"]
)
def test_an_honest_name_is_let_through(rendered: Any, text: str) -> None:
    assert rendered.inspected(html=(FRIEND, f">{text}</a>")).problems("texts") == []


def test_a_picture_may_name_its_link(rendered: Any) -> None:
    picture = '><img src="https://example.org/news/images/film.png" width="1" height="1" alt="A friend"></a>'
    assert rendered.inspected(html=(FRIEND, picture)).problems("texts") == []


def test_a_fault_leads_to_the_story_and_its_key(rendered: Any) -> None:
    asked: list[tuple[str, str]] = []

    def line(path: str, key: str) -> int:
        asked.append((path, key))
        return 17

    (problem,) = rendered.inspected(html=(ALT, ""), line=line).problems("texts")
    assert (problem.path, problem.line) == ("content/stories/2026/2026-03-30-a-lead.md", 17)
    assert ("content/stories/2026/2026-03-30-a-lead.md", "image") in asked


def test_a_table_of_data_needs_headers_and_no_role(rendered: Any) -> None:
    table = "<table><tr><{0}>Year</{0}></tr><tr><td>1815</td></tr></table></pre>"
    assert rendered.inspected(html=("</pre>", table.format("th"))).problems("structure") == []
    assert rendered.inspected(html=("</pre>", table.format("td"))).problems("structure") != []
