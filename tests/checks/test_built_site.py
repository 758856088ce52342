"""The links of a finished site: what leads nowhere is told, with the page's line."""

from __future__ import annotations

import pytest

from briefing.checks.built_site import find

PAGES = {
    "index.html": b'<h1 id="top">Home</h1>\n<a href="/about/">a</a>\n',
    "about/index.html": b'<h2 id="who">Who</h2>\n',
    "feeds/all.json": b"not HTML: <a href=/none/>",
}
FILES = {*PAGES, "images/a b.png", "theme/style.css"}


def faults(html: str, base: str = "") -> list[tuple[str, int, str]]:
    pages = {**PAGES, "x/index.html": html.encode()} if not base else {"x/index.html": html.encode()}
    return [(problem.path, problem.line, problem.what) for problem in find(pages, {*FILES, "x/index.html"}, base)]


@pytest.mark.parametrize(
    "html",
    [
        '<a href="/">a</a>',
        '<a href="/about/">a</a>',
        '<a href="/about/#who">a</a>',
        '<a href="#here">a</a><p id="here">',
        '<a href="https://x.example/none/">a</a>',
        '<a href="mailto:a@b.example">a</a>',
        '<img src="/images/a%20b.png">',
        '<link href="/theme/style.css">',
        '<a href="/about/?a=b">a</a>',
        "<a>a</a>",
        "<p>href=/none/</p>",
        '<label for="a">b</label><input id="a" aria-describedby="c d"><p id="c"></p><p id="d"></p>',
    ],
)
def test_what_is_there_is_fine(html: str) -> None:
    assert faults(html) == []


@pytest.mark.parametrize(
    ("html", "what"),
    [
        ('<a href="/none/">a</a>', "`/none/` leads nowhere"),
        ('<a href="/about">a</a>', "`/about` leads nowhere"),
        ('<a href="/about/#whom">a</a>', "`/about/#whom` names an anchor that is not there"),
        ('<a href="#none">a</a>', "`#none` names an anchor that is not there"),
        ('<img src="/images/none.png">', "`/images/none.png` leads nowhere"),
        ('<link href="/theme/none.css">', "`/theme/none.css` leads nowhere"),
        ('<script src="/none.js"></script>', "`/none.js` leads nowhere"),
        ('<form action="/none">', "`/none` leads nowhere"),
        ('<a href="about/">a</a>', "`about/` does not begin with /"),
    ],
)
def test_what_leads_nowhere_is_told(html: str, what: str) -> None:
    assert faults(f"<p>\n{html}") == [("output/x/index.html", 2, what)]


@pytest.mark.parametrize(
    ("html", "what"),
    [
        ('<p id="a"></p>\n<p id="a"></p>', (3, "id", "the id `a` appears twice")),
        ('<label for="a">b</label>', (2, "for", "no element has the id `a`")),
        ('<nav aria-labelledby="a b"></nav><h2 id="a"></h2>', (2, "aria-labelledby", "no element has the id `b`")),
        ('<input aria-describedby="a">', (2, "aria-describedby", "no element has the id `a`")),
    ],
)
def test_every_id_is_there_once(html: str, what: tuple[int, str, str]) -> None:
    pages = {"x/index.html": f"<p>\n{html}".encode()}
    assert [(found.line, found.field, found.what) for found in find(pages, set(pages), "")] == [what]


def test_a_site_in_a_folder_has_its_links_there() -> None:
    assert faults('<a href="/news/about/">a</a>', "/news") == []
    assert faults('<a href="/about/">a</a>', "/news") == [
        ("output/x/index.html", 1, "`/about/` does not begin with /news/")
    ]
