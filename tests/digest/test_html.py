"""The HTML part: real text in order, complete addresses, untrusted text kept as text."""

from __future__ import annotations

import dataclasses
import itertools
import re
from pathlib import Path
from typing import Any

import pytest

from briefing.digest import make_digest
from briefing.pages.templating import TemplateFailedError, Templates
from briefing.pages.views import DigestView

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "change-the-email.md"
HOSTILE = "<script>alert(1)</script> --> ]]> {{ view.issue }} \" ' & <!-- <![endif]-->"


def headings(made: Any) -> list[int]:
    return [int(tag[1]) for tag, _ in made.elements if re.fullmatch("h[1-6]", tag)]


def test_one_first_heading_and_no_level_left_out(read: Any, whole: Any) -> None:
    levels = headings(read(whole))
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_every_address_is_complete(read: Any, whole: Any) -> None:
    made = read(whole)
    addresses = made.html_links | {attributes["src"] for tag, attributes in made.elements if tag == "img"}
    assert "https://example.org/topics/law/" in addresses
    assert "https://example.org/images/film.png" in addresses
    assert all(address.startswith("https://") for address in addresses)
    assert "\x1e" not in made.digest.html + made.digest.text


def test_every_part_of_an_issue_is_shown(read: Any, whole: Any) -> None:
    html = read(whole).digest.html
    for said in (
        "<title>A quiet week, and one ending</title>",
        "What came after it",
        "The Example",
        "One line",
        "Issue 14 · 3 April 2026 · 3 min read",
        "Good <em>morning</em>",
        "What happened, part 0",
        "Negative",
        "Because.",
        "Key questions",
        "What now?",
        "The Gazette",
        "A caption<br>A credit, CC0",
        "Law and order",
        "What happened, part 2",
        "It counts.",
        "In one line",
        "Worth a look.",
        ">Sponsor</h2>",
        "makes paperclips.",
        "Correction since the last issue",
        "The year was 2019.",
        "Read this issue on the web",
        "Unsubscribe",
        "<br>1 Example Street",
        "Texts: CC BY 4.0",
    ):
        assert said in html


def test_what_an_issue_has_not_is_not_shown(read: Any, an: Any) -> None:
    html = read(an.issue(preheader="", lead=None), tagline="", licence="").digest.html
    for left_out in ("preheader", "Sponsor", "In one line", "Correction", "Key question", "One line", "Texts:", "<img"):
        assert left_out not in html
    section = dataclasses.replace(an.issue((an.item(1),)).sections[0], items=())
    digest = read(an.issue(sections=(section,))).digest
    assert "Law and order" not in digest.html + digest.text


def test_pictures_have_size_and_words_and_fit_the_column(read: Any, an: Any, whole: Any) -> None:
    pictures = [attributes for tag, attributes in read(whole).elements if tag == "img"]
    assert [(p["width"], p["height"], p["alt"]) for p in pictures] == [
        ("552", "310", "Five frames"),
        ("518", "291", "Acme"),
    ]
    small = an.item(0, image=an.picture(width=100, height=40))
    (picture,) = [attributes for tag, attributes in read(an.issue(lead=small)).elements if tag == "img"]
    assert (picture["width"], picture["height"]) == ("100", "40")


def test_pictures_of_the_introduction_fit_the_column_too(read: Any, an: Any) -> None:
    html = (
        '<p><img src="\x1eimages/a.png" alt="a > b" width="1200" height="600" loading="lazy"></p>'
        '<p><img src="\x1eimages/b.png" alt="" width="40" height="20"><img src="https://far.example/c.png" alt="c"></p>'
    )
    wide, small, far = [attributes for tag, attributes in read(an.issue(html=html)).elements if tag == "img"]
    assert (wide["width"], wide["height"], wide["alt"]) == ("552", "276", "a > b")
    assert {"width:100%", "max-width:552px"} <= set(wide["style"].split(";"))
    assert (small["width"], small["height"]) == ("40", "20")
    assert "max-width:40px" in small["style"]
    assert "max-width:100%" in far["style"]
    assert "loading" not in wide


def test_tables_for_layout_say_so_and_tables_of_data_do_not(read: Any, an: Any) -> None:
    made = read(an.issue(html="<table><tr><th>A</th></tr><tr><td>1</td></tr></table>"))
    roles = [attributes.get("role") for tag, attributes in made.elements if tag == "table"]
    assert roles.count(None) == 1
    assert set(roles) == {None, "presentation"}


def test_untrusted_text_stays_text(read: Any, an: Any) -> None:
    story = an.item(1, title=HOSTILE, summary=HOSTILE, why_it_matters=HOSTILE, sources=(an.source(title=HOSTILE),))
    made = read(an.issue((story,), title=HOSTILE, subject=HOSTILE, preheader=HOSTILE, lead=story))
    plain = read(an.issue((an.item(1, why_it_matters="x"),), lead=an.item(0, why_it_matters="x")))
    assert [tag for tag, _ in made.elements] == [tag for tag, _ in plain.elements]
    assert made.digest.html.count("<!--") == plain.digest.html.count("<!--")


def test_a_sponsors_links_are_labelled_for_machines_too(read: Any, whole: Any) -> None:
    sponsored = [a for tag, a in read(whole).elements if tag == "a" and a.get("href") == "https://acme.example/?ref=1"]
    assert len(sponsored) == 2
    assert all(attributes["rel"] == "sponsored" for attributes in sponsored)


def test_a_text_in_another_language_says_so(read: Any, an: Any) -> None:
    html = read(
        an.issue((an.item(1, lang="ar", title="عنوان", why_it_matters="لأنه مهم"), an.item(2, lang="en")))
    ).digest.html
    assert html.count('lang="ar"') == 1
    assert re.search(r'<div [^>]*dir="rtl"[^>]*lang="ar"[^>]*text-align:right', html)
    assert re.search(r'<strong lang="en" dir="ltr">Why it matters:</strong> لأنه مهم', html)


def test_a_publication_written_from_right_to_left(make_settings: Any, whole: Any) -> None:
    settings = make_settings({"DEFAULT_LANG": "ar"})
    html = make_digest(DigestView(whole, "u"), Templates(settings), settings).html
    assert '<html lang="ar" dir="rtl"' in html
    assert "padding-right:22px" in html
    assert "padding-left:22px" not in html


def test_styles_are_attributes_and_only_dark_and_small_screens_keep_rules(read: Any, whole: Any) -> None:
    html = read(whole, brand={"accent": "#123456", "accent_dark": "#abcdef"}).digest.html
    head = html[: html.index("</head>")]
    assert html.count("color:#123456") > 5
    assert "#123456" not in head
    assert head.count("<style data-css-inline") == 1
    assert "prefers-color-scheme: dark" in head
    assert "[data-ogsc] .accent, [data-ogsc] a { color: #abcdef !important; }" in head
    assert "<link" not in html
    assert "url(" not in html


def test_the_preheader_is_padded_so_that_nothing_else_shows(read: Any, an: Any) -> None:
    def padding(preheader: str) -> int:
        return len(re.findall("\u034f", read(an.issue(preheader=preheader)).digest.html))

    assert padding("x" * 50) == 50
    assert padding("x" * 200) == 0


def test_lead_and_twenty_stories_in_six_sections_stay_small(read: Any, an: Any, whole: Any) -> None:
    items = tuple(
        an.item(n, sentiment="mixed", why_it_matters="A sentence of the usual length, as it stands in most.")
        for n in range(20)
    )
    section = an.issue(items).sections[0]
    parts = [items[n : n + 4] for n in range(0, 16, 4)] + [items[16:18], items[18:]]
    sections = tuple(dataclasses.replace(section, items=part) for part in parts)
    html = read(dataclasses.replace(whole, sections=sections)).digest.html
    assert len(html.encode()) <= 45 * 1024


@pytest.fixture
def overrides(tmp_path: Path) -> Path:
    folder = tmp_path / "content" / "overrides" / "email"
    folder.mkdir(parents=True)
    return folder


def test_one_block_can_be_overridden(read: Any, whole: Any, overrides: Path) -> None:
    for name in ("digest.html", "digest.txt"):
        (overrides / name).write_text(
            f'{{% extends "theme/email/{name}" %}}{{% block reply %}}Write to {{{{ site.name }}}}.\n{{% endblock %}}',
            "utf-8",
        )
    digest = read(whole).digest
    for text in (digest.html, digest.text):
        assert "Write to The Example." in text
        assert "a person reads it" not in text
        assert "What happened, part 2" in text


def test_the_blocks_that_can_be_overridden_are_documented() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\| *(yes)? *\|$", GUIDE.read_text("utf-8"), re.MULTILINE)
    for name, documented in (("html", {block for block, _ in rows}), ("txt", {block for block, yes in rows if yes})):
        template = GUIDE.parents[2] / "theme" / "templates" / "email" / f"digest.{name}"
        assert set(re.findall(r"{% block (\w+) %}", template.read_text("utf-8"))) == documented


def test_the_style_can_be_overridden(read: Any, whole: Any, overrides: Path) -> None:
    (overrides / "partials").mkdir()
    (overrides / "partials" / "style.css").write_text("h1 { font-size: 99px; }", "utf-8")
    assert '<h1 style="font-size:99px">' in read(whole).digest.html.replace(": ", ":")


def test_a_fault_in_an_overridden_template_is_named(read: Any, whole: Any, overrides: Path) -> None:
    (overrides / "digest.txt").write_text("x\n{{ view.nothing }}", "utf-8")
    with pytest.raises(TemplateFailedError, match=r"email/digest\.txt"):
        read(whole)
