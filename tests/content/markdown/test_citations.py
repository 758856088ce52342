"""Citations of a story's sources, in the text and away from it."""

from __future__ import annotations

import pytest

from briefing.content import markdown
from briefing.content.markdown.finished_html import SITE_PLACEHOLDER
from briefing.content.model import Body, Reference

FILE = "stories/2026/x.md"
ONE = '<sup class="citation"><a href="#source-1" aria-label="Source 1">1</a></sup>'


def render(source_text: str) -> Body:
    body, problems = markdown.render(markdown.Text(source_text, f"content/{FILE}", FILE))
    assert problems == []
    return body


@pytest.mark.parametrize("written", ["[^s1]", "[1](#source-1)", "[\\[1\\]](#source-1)"])
def test_a_citation_is_a_small_number(written: str) -> None:
    body = render(f"It ruled.{written}\n")
    assert body.html == f"<p>It ruled.{ONE}</p>"
    assert body.words == 2, "its number is no word"
    assert body.references == (Reference("#source-1", 1),)


def test_it_may_stand_anywhere_and_beside_another() -> None:
    body = render("## A[^s1]\n\n|a[^s1]|\n|-|\n|b|\n\n- c![^s1]\n\n> d[^s1][^s2] e[^n]\n\n[^n]: f[^s1]\n")
    assert body.html.count(ONE) == 5
    assert f"c!{ONE}" in body.html
    assert f'd{ONE}<sup class="citation"><a href="#source-2"' in body.html
    assert body.headings[0].text == "A"
    assert body.headings[0].anchor == "a"


def test_other_links_and_code_stay_what_they_are() -> None:
    assert '<a href="#source-1">the ruling</a>' in render("[the ruling](#source-1)").html
    assert '<a href="https://x.example/#source-1">1</a>' in render("[1](https://x.example/#source-1)").html
    assert "<code>[^s1]</code>" in render("`[^s1]`").html
    assert "<p>[^s1]</p>" in render("\\[^s1]").html
    assert 'class="footnote-reference"' in render("a[^s1]\n\n[^s1]: A note of this name.\n").html


def test_another_storys_source_may_be_cited() -> None:
    html = render("a[2]({filename}y.md#source-2)").html.replace(SITE_PLACEHOLDER, "/")
    assert html == '<p>a<sup class="citation"><a href="/stories/y/#source-2" aria-label="Source 2">2</a></sup></p>'


def test_a_number_that_leads_to_another_source_is_an_error() -> None:
    _, (problem,) = markdown.render(markdown.Text("a\n\nb [1](#source-2)\n", f"content/{FILE}", FILE, 5))
    assert (problem.line, problem.what) == (7, "the citation [1] leads to source 2")
    assert problem.hint == "write [2](#source-2) or [1](#source-1)"


def test_away_from_the_page_it_stands_in_brackets() -> None:
    html = render("a[^s1]").html
    for away in (markdown.in_feed, markdown.in_mail):
        made = away(html, "https://s.example/stories/x/", "https://s.example/")
        assert made == '<p>a<a href="https://s.example/stories/x/#source-1">[1]</a></p>'
    assert markdown.in_feed('<sup class="citation">1</sup>', "", "") == "[1]", "where its page is not there yet"


def test_no_heading_takes_the_anchor_of_a_source() -> None:
    body = render("## Source 1\n\n## Source\n\n## Source\n\n## A {#source-3}\n\n## Sources\n\n## fn\n\n## fn\n")
    assert [heading.anchor for heading in body.headings] == [
        "section-source-1",
        "source",
        "section-source-2",
        "section-source-3",
        "sources",
        "fn",
        "section-fn-2",
    ]
