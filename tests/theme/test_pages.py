"""Each page as a function of its view: texts stay texts, what is missing leaves no trace, addresses are complete."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from lxml import html
from tests.theme.conftest import EVIL, LONG, SITE_MARK

from briefing.pages.views import (
    CorrectionsView,
    Count,
    HomeView,
    IndexView,
    IssueIndex,
    ListView,
    NotFoundView,
    PageView,
    RedirectView,
    RobotsView,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from briefing.pages.views import IssueCard, IssuePage, StoryView

    Render = Callable[[str, object], str]

POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'self' https://list.primary-source.example"
)


@pytest.fixture
def views(
    story: StoryView, bare: StoryView, arabic: StoryView, issue_page: IssuePage, issue_card: IssueCard
) -> dict[str, tuple[str, object]]:
    """Every kind of page by a name of its own: its template and a view."""
    cards = (story.card, bare.card, arabic.card)
    listing = ListView(
        kind="topic",
        title=EVIL,
        url="topics/x/",
        summary=EVIL,
        html="<p>Intro.</p>",
        role=EVIL,
        image=story.card.image,
        links=story.curators[0].links,
        cards=cards,
        issues=(story.issue,) if story.issue else (),
        page=2,
        pages=3,
        total=41,
        newer="topics/x/",
        older="topics/x/page/3/",
        feed="feeds/topics/x.atom.xml",
    )
    kinds = ("topic", "tag", "thread", "curator", "source")
    return {
        "story": ("story.html", story),
        "bare story": ("story.html", bare),
        "arabic story": ("story.html", arabic),
        **{kind: ("list.html", replace(listing, kind=kind)) for kind in kinds},
        "week": ("list.html", replace(listing, kind="week", title="2026-w14", page=1, pages=1)),
        "empty list": ("list.html", replace(listing, cards=(), total=0, page=1, pages=1, newer=None, older=None)),
        "directory": ("directory.html", IndexView("tags", "Tags", "tags/", (Count(EVIL, "tags/x/", 1, EVIL),))),
        "empty directory": ("directory.html", IndexView("weeks", "Weeks", "weeks/", ())),
        "issue": ("issue.html", issue_page),
        "bare issue": (
            "issue.html",
            replace(
                issue_page,
                issue=replace(
                    issue_page.issue, html="", lead=None, sections=(), links=(), sponsor=None, corrections=()
                ),
                status="published",
                older=None,
            ),
        ),
        "issues": ("issues.html", IssueIndex((issue_card,), 2, 3, "issues/", "issues/page/3/")),
        "no issues": ("issues.html", IssueIndex((), 1, 1, None, None)),
        "home": ("home.html", HomeView(issue_card, story.card, cards, 1, 2, None, "page/2/")),
        "home 2": ("home.html", HomeView(None, None, cards, 2, 2, "", None)),
        "empty home": ("home.html", HomeView(None, None, (), 1, 1, None, None)),
        "corrections": ("corrections.html", CorrectionsView(story.corrections, 1, 1, None, None)),
        "no corrections": ("corrections.html", CorrectionsView((), 1, 1, None, None)),
        "page": ("page.html", PageView(EVIL, "about/", EVIL, story.html, "published")),
        "lost": ("404.html", NotFoundView(cards)),
        "moved": ("redirect.html", RedirectView(EVIL, "stories/\u6771\u4eac/")),
    }


def test_texts_stay_texts(views: dict[str, tuple[str, object]], render: Render) -> None:
    for name, (template, view) in views.items():
        page = render(template, view)
        tree = html.fromstring(page)
        assert "<script>alert" not in page, name
        assert SITE_MARK not in page, name
        assert all(script.get("type") == "application/ld+json" for script in tree.iter("script")), name
        assert not tree.xpath("//style | //@style | //@*[starts-with(name(), 'on')]"), name


def test_every_page_has_one_first_heading_a_main_part_and_the_policy(
    views: dict[str, tuple[str, object]], render: Render
) -> None:
    for name, (template, view) in views.items():
        tree = html.fromstring(render(template, view))
        assert len(tree.xpath("//h1")) == 1, name
        assert len(tree.xpath("//main[@id='_main']")) == 1, name
        assert tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content") == [POLICY], name
        levels = [int(heading.tag[1]) for heading in tree.xpath("//h1|//h2|//h3|//h4")]
        assert all(after <= before + 1 for before, after in pairwise(levels)), (name, levels)
        ids = tree.xpath("//@id")
        assert len(ids) == len(set(ids)), name


def test_addresses_of_the_site_begin_at_its_root(views: dict[str, tuple[str, object]], render: Render) -> None:
    for name, (template, view) in views.items():
        tree = html.fromstring(render(template, view))
        strange = [a for a in tree.xpath("//@href|//@src") if not a.startswith(("/", "#", "https://", "mailto:"))]
        assert strange == [], name


def test_without_an_address_of_the_site_nothing_pretends_to_one(
    views: dict[str, tuple[str, object]], render_without_address: Render
) -> None:
    for name, (template, view) in views.items():
        tree = html.fromstring(render_without_address(template, view))
        assert not tree.xpath("//link[@rel='canonical'] | //meta[@property='og:url' or @property='og:image']"), name
        for script in tree.iter("script"):
            assert "url" not in json.loads(script.text), name
    assert "Sitemap" not in render_without_address("robots.txt", RobotsView("sitemap.xml"))


def test_only_what_is_published_may_be_indexed(story: StoryView, render: Render) -> None:
    for status, found in (("published", []), ("draft", ["noindex"]), ("hidden", ["noindex"])):
        tree = html.fromstring(render("story.html", replace(story, card=replace(story.card, status=status))))
        assert tree.xpath("//meta[@name='robots']/@content") == found
        marks = tree.xpath("//main//header//*[@class='status']/text()")
        assert marks == ([] if status == "published" else [status.capitalize()])


def test_the_canonical_address_counts_pages(views: dict[str, tuple[str, object]], render: Render) -> None:
    expected = {"topic": "topics/x/page/2/", "home": "", "home 2": "page/2/", "issues": "issues/page/2/", "lost": None}
    for name, path in expected.items():
        tree = html.fromstring(render(*views[name]))
        found = tree.xpath("//link[@rel='canonical']/@href")
        assert found == ([] if path is None else [f"https://primary-source.example/{path}"]), name


def test_linked_data_says_what_the_page_says(story: StoryView, bare: StoryView, render: Render) -> None:
    (script,) = html.fromstring(render("story.html", story)).iter("script")
    data = json.loads(script.text)
    assert data["@type"] == "NewsArticle"
    assert data["headline"] == EVIL
    assert data["correction"] == [{"@type": "CorrectionComment", "text": EVIL, "datePublished": "2026-04-02"}]
    assert data["author"][0]["@type"] == "Organization"
    assert [cited.get("url") for cited in data["citation"]] == [LONG, None, "https://example.com/3"]
    assert data["datePublished"] == "2026-03-30T00:00:00+01:00"
    (script,) = html.fromstring(render("story.html", bare)).iter("script")
    assert not json.loads(script.text).keys() & {"correction", "image", "keywords"}


def test_numbers_agree_with_their_nouns(story: StoryView, render: Render) -> None:
    one = html.fromstring(render("story.html", story)).text_content()
    many = replace(story, card=replace(story.card, words=1234, minutes=6), key_questions=("A?", "B?"))
    more = html.fromstring(render("story.html", many)).text_content()
    for text in ("1 min read", "1 word", "1 earlier story", "2 later stories", "Key question\n", "Correction\n"):
        assert text in one
    for text in ("6 min read", "1,234 words", "Key questions\n", "Sources\n"):
        assert text in more


def test_a_story_in_another_language_says_so(arabic: StoryView, render: Render) -> None:
    tree = html.fromstring(render("story.html", arabic))
    assert tree.get("lang") == "en"
    (article,) = tree.xpath("//main/article")
    assert (article.get("lang"), article.get("dir")) == ("ar", "rtl")
    labels = tree.xpath("//main//section/h2[not(ancestor-or-self::*[@lang][1][@lang='en'])]")
    assert [label.text_content() for label in labels] == []


def test_a_sponsor_is_labelled_and_marked(issue_page: IssuePage, render: Render) -> None:
    (slot,) = html.fromstring(render("issue.html", issue_page)).xpath("//section[@class='sponsor']")
    assert slot.get("aria-label") == "Sponsor"
    assert "Sponsor" in slot.text_content()
    assert set(slot.xpath(".//a/@rel")) == {"sponsored noopener"}
