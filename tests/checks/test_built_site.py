"""Links and ids of a built site; tests/cases/problems/built-site/ has what is wrong in one."""

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


def test_a_site_in_a_folder_has_its_links_there() -> None:
    assert faults('<a href="/news/about/">a</a>', "/news") == []
    ((path, line, _),) = faults('<a href="/about/">a</a>', "/news")
    assert (path, line) == ("output/x/index.html", 1)
