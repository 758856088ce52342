"""Markdown as HTML: anchors, footnotes, tasks, tables, figures, sizes and addresses; and the lines of what is in it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from briefing.content import markdown
from briefing.content.markdown.finished_html import SITE_PLACEHOLDER
from briefing.content.model import Heading, Reference
from briefing.errors import Weight

FILE = "stories/2026/x.md"


def text(source_text: str, first_line: int = 1, **allowed: Any) -> markdown.Text:
    return markdown.Text(source_text, f"content/{FILE}", FILE, first_line, **allowed)


def html(source_text: str) -> str:
    """The HTML of a text without problems, with a slash where the site's address will stand."""
    body, problems = markdown.render(text(source_text))
    assert problems == []
    return body.html.replace(SITE_PLACEHOLDER, "/")


def test_headings_have_anchors_of_their_own() -> None:
    body, problems = markdown.render(
        text("## Größe\n\n## Größe\n\n### A {#own}\n\n### A *b* `c`\n\n## !!!\n\n## 日本\n\n## fn 1\n")
    )
    assert problems == []
    assert body.headings == (
        Heading(2, "Größe", "grosse"),
        Heading(2, "Größe", "grosse-2"),
        Heading(3, "A", "own"),
        Heading(3, "A b c", "a-b-c"),
        Heading(2, "!!!", "section"),
        Heading(2, "日本", "日本"),
        Heading(2, "fn 1", "section-fn-1"),
    )
    for heading in body.headings:
        assert f'<h{heading.level} id="{heading.anchor}">' in body.html


def test_a_taken_anchor_is_counted_on() -> None:
    body, _ = markdown.render(text("## a 2\n\n## a\n\n## a\n\n## a\n"))
    assert [heading.anchor for heading in body.headings] == ["a-2", "a", "a-3", "a-4"]


def test_a_level_that_is_skipped_is_a_warning_on_its_line() -> None:
    body, problems = markdown.render(text("## a\n\n#### b\n\ntext\n\n## c\n", first_line=10))
    assert [(problem.line, problem.weight) for problem in problems] == [(12, Weight.WARNING)]
    assert "skips from level 2 to 4" in problems[0].what
    assert body.html, "a warning is no error"


def test_footnotes_lead_there_and_back() -> None:
    made = html("a[^x] b[^x] c[^y]\n\n[^y]: two\n\n[^x]: one\n")
    first = '<sup class="footnote-reference" id="fnref-1"><a href="#fn-1" aria-label="Footnote 1">1</a></sup>'
    again = '<sup class="footnote-reference"><a href="#fn-1" aria-label="Footnote 1">1</a></sup>'
    assert f"<p>a{first} b{again} c" in made
    back = '<a href="#fnref-1" aria-label="Back to footnote 1 in the text">1</a>'
    label = f'<sup class="footnote-definition-label">{back}</sup>'
    assert f'<div class="footnote-definition" id="fn-1">{label}\n<p>one</p>\n</div>' in made


def test_a_footnote_that_is_written_twice_is_told() -> None:
    _, problems = markdown.render(text("a[^x]\n\n[^x]: one\n\n[^x]: two\n"))
    assert [(problem.line, problem.what) for problem in problems] == [(5, "the footnote `x` is defined twice")]


def test_tasks_are_texts_and_no_form() -> None:
    made = html("- [ ] a\n- [x] b\n")
    assert '<span class="task" role="img" aria-label="to do">☐</span>\na' in made
    assert '<span class="task" role="img" aria-label="done">☑</span>\nb' in made
    assert "<input" not in made


def test_tables_are_aligned_by_class() -> None:
    made = html("|a|b|c|d|\n|-|:-|-:|:-:|\n|1|2|3|4|\n")
    assert '<tr><th>a</th><th class="left">b</th><th class="right">c</th><th class="center">d</th></tr>' in made
    assert '<tr><td>1</td><td class="left">2</td><td class="right">3</td><td class="center">4</td></tr>' in made
    assert "style" not in made


def test_a_picture_with_a_title_is_a_figure() -> None:
    assert html('![A > b]({static}/images/a.png "So > it \' is")') == (
        '<figure><img src="/images/a.png" alt="A &gt; b"><figcaption>So &gt; it \' is</figcaption></figure>'
    )
    assert html("![A]({static}/images/a.png)") == '<p><img src="/images/a.png" alt="A"></p>'
    assert html('a ![A]({static}/images/a.png "t")') == '<p>a <img src="/images/a.png" alt="A" title="t"></p>'


def test_pictures_of_this_site_are_measured() -> None:
    body, _ = markdown.render(text("![A](<{static}/images/ä b.png>) <img alt='' src='{static}/images/b.png' width=9>"))
    sized = markdown.with_sizes(body.html, {"images/ä b.png": (3, 4), "images/b.png": (5, 6)})
    assert 'images/%C3%A4%20b.png" alt="A" width="3" height="4" loading="lazy">' in sized
    assert '<img alt="" src="\x1eimages/b.png" width="9" loading="lazy">' in sized
    assert markdown.with_sizes("<p>a</p>", {}) == "<p>a</p>"


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ("{filename}y.md", "/stories/y/"),
        ("{filename}../2025/y.md#z", "/stories/y/#z"),
        ("{filename}/issues/2026-w14.md", "/issues/2026-w14/"),
        ("{filename}../../pages/about.md", "/about/"),
        ("{static}/images/a.png", "/images/a.png"),
        ("{static}/static/files/a.pdf", "/files/a.pdf"),
        ("<{static}/images/a b.png>", "/images/a%20b.png"),
        ("/about/", "/about/"),
        ("/", "/"),
        ("</café/?q=1&b=2#z>", "/caf%C3%A9/?q=1&amp;b=2#z"),
        ("/caf%C3%A9/?q=%26", "/caf%C3%A9/?q=%26"),
        ("#z", "#z"),
        ("https://x.example/?a=1&b=2#c", "https://x.example/?a=1&amp;b=2#c"),
        ("mailto:a@b.example", "mailto:a@b.example"),
    ],
)
def test_links_lead_where_they_say(written: str, made: str) -> None:
    assert html(f"[a]({written})") == f'<p><a href="{made}">a</a></p>'


def test_written_html_has_its_links_too() -> None:
    assert html("<a href='{filename}y.md'>a</a>") == '<p><a href="/stories/y/">a</a></p>'
    assert html("<a href=/a&amp;b/>a</a>") == '<p><a href="/a&amp;b/">a</a></p>'


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("?a=1&region=2&copy=3&lt=4", "?a=1&region=2&copy=3&lt=4"),
        ("?a=1&regionx&sectx", "?a=1&regionx&sectx"),
        ("?a&copy;b&#38;c&#x26;d&amp;e", "?a\u00a9b&c&d&e"),
        ("?a&copy", "?a\u00a9"),
        ("?a&nothing;b&noSuch", "?a&nothing;b&noSuch"),
    ],
)
def test_entities_in_an_attribute_are_those_that_a_browser_reads(written: str, meant: str) -> None:
    body, problems = markdown.render(text(f'<a href="https://x.example/{written}">a</a>'))
    assert problems == []
    assert [reference.target for reference in body.references] == [f"https://x.example/{meant}"]
    assert unescape(body.html.split('"')[1]) == f"https://x.example/{meant}", "as the sanitiser reads it"


@pytest.mark.parametrize(
    ("target", "where"),
    [
        ("{filename}y.md", ("file", "stories/2026/y.md")),
        ("{filename}/y.md", ("file", "y.md")),
        ("{static}../x.png", ("file", "stories/x.png")),
        ("/a/?b#c", ("site", "a/?b#c")),
        ("#a", ("anchor", "a")),
        ("HTTPS://x.example", ("out", "HTTPS://x.example")),
    ],
)
def test_a_destination_is_named_by_kind(target: str, where: tuple[str, str]) -> None:
    assert markdown.destination(target, FILE) == where


MARKED = """\
A [one](https://one.example/).

> <p>
> <a href="https://two.example/">two</a>
> </p>

| a |
|---|
| [three](/three/) |

<div>

![four]({static}/four.png) é [five][5]
<b
title="x">a</b> <a href="#six">six</a>

</div>

[5]: https://five.example/
"""


def test_references_have_their_lines() -> None:
    body, problems = markdown.render(text(MARKED, first_line=100))
    assert problems == []
    assert body.references == (
        Reference("https://one.example/", 100),
        Reference("https://two.example/", 103),
        Reference("/three/", 108),
        Reference("{static}/four.png", 112, is_image=True),
        Reference("https://five.example/", 112),
        Reference("#six", 114),
    )


def test_problems_have_their_lines() -> None:
    faults = "ok\n\n# one\n\n> <p>\n> <b onclick=x>a</b>\n> </p>\n\n[a](x)\n\n<i>\n\n- `é` <u\n  id=z>a</u>\n"
    _, problems = markdown.render(text(faults, first_line=50))
    assert [problem.line for problem in problems] == [52, 55, 58, 62, 62]
    assert {problem.field for problem in problems} == {"body"}


def test_reading_stops_where_it_nests_too_deep() -> None:
    _, problems = markdown.render(text("a\n\n" + "> " * 40 + "b\n\n# c\n"))
    assert [(problem.line, problem.what) for problem in problems] == [(3, "is nested more than 32 levels deep")]
    assert markdown.render(text("> " * 30 + "b"))[1] == []


def test_settings_let_pictures_of_others_in() -> None:
    for written in ("![a](https://x.example/a.png)", "<img alt=a src=https://x.example/a.png>"):
        assert markdown.render(text(written))[1]
        body, problems = markdown.render(text(written, allow_remote_images=True))
        assert problems == []
        assert 'src="https://x.example/a.png"' in body.html
    assert markdown.render(text("![a](https://x.example/a.svg)", allow_remote_images=True))[1]
    assert markdown.render(text("![a]({static}/images/a.svg)", allow_svg=True))[1] == []


CODE = '`<a href="#x" id="y">` <a lang="en" href="#b">c</a>[^1]\n\n## b\n\n[^1]: n\n'


def test_away_from_its_page_a_text_leads_back_to_it() -> None:
    body, _ = markdown.render(text(CODE))
    away = markdown.in_feed(body.html, "https://s.example/p/", "https://s.example/")
    assert '<a lang="en" href="https://s.example/p/#b">c</a>' in away
    assert '<a href="https://s.example/p/#fn-1"' in away
    assert '<code>&lt;a href="#x" id="y"&gt;</code>' in away, "what is written as code stays as it is"


def test_in_mail_footnotes_are_numbers() -> None:
    mail = markdown.in_mail(markdown.render(text(CODE))[0].html, "https://s.example/p/", "https://s.example/")
    assert '<a lang="en" href="https://s.example/p/#b">c</a><sup class="footnote-reference">1</sup>' in mail
    assert '<sup class="footnote-definition-label">1</sup>' in mail
    assert markdown.in_mail("", "", "") == ""


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (
            'alt="a > b" width="1200" height="600"',
            'alt="a > b" width="552" height="276" style="width:100%;max-width:552px"',
        ),
        ('alt="" width="40" height="20"', 'alt="" width="40" height="20" style="width:100%;max-width:40px"'),
        ('alt="a"', 'alt="a"'),
    ],
)
def test_in_mail_pictures_fit_the_column(written: str, shown: str) -> None:
    html = f'<p><img src="{SITE_PLACEHOLDER}images/a.png" {written} loading="lazy"></p>'
    assert markdown.in_mail(html, "", "/") == f'<p><img src="/images/a.png" {shown}></p>'


def test_beside_another_text_it_has_no_anchors() -> None:
    beside = markdown.beside_another(markdown.render(text(CODE))[0].html, "p/").replace(SITE_PLACEHOLDER, "/")
    assert '<a lang="en" href="/p/#b">c</a>' in beside
    assert "<h2>b</h2>" in beside
    assert re.findall(r' id="[^"]*"', beside) == [' id="y"'], "only what is written as code"
