"""Feeds are well formed whatever the texts hold, and complete where they are read: elsewhere."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import feedparser
from lxml import etree, html
from tests.theme.conftest import DAY, EVIL, SITE_MARK

from briefing.pages.views import RobotsView, SitemapEntry, SitemapIndexView, SitemapView

if TYPE_CHECKING:
    from collections.abc import Callable

    from briefing.pages.views import FeedView, IssueFeedView

    Render = Callable[[str, object], str]

HOST = "https://primary-source.example/"


def assert_readable_elsewhere(content: str) -> None:
    assert SITE_MARK not in content
    assert "<script>alert" not in content
    addresses = html.fromstring(f"<div>{content}</div>").xpath("//@href|//@src")
    assert addresses
    assert all(address.startswith(("https://", "mailto:")) for address in addresses)


def test_stories_as_atom(feed: FeedView, render: Render) -> None:
    text = render("feeds/stories.atom.xml", feed)
    etree.fromstring(text.encode())
    read = feedparser.parse(text)
    assert not read.bozo
    assert read.feed.id == f"{HOST}feeds/all.atom.xml"
    assert [entry.id for entry in read.entries] == [f"{HOST}stories/{name}/" for name in ("a", "b", "ar")]
    for entry, story in zip(read.entries, feed.stories, strict=True):
        assert entry.updated == "2026-03-30T00:00:00+01:00"
        whole = entry.content[0].value
        assert_readable_elsewhere(whole)
        assert "Sources" in whole or len(story.sources) == 1
    for part in ("Why it matters", "Key question", "Where the sources disagree", "Correction", "Read on paper."):
        assert part in read.entries[0].content[0].value


def test_stories_as_json(feed: FeedView, render: Render) -> None:
    read = json.loads(render("feeds/stories.json", feed))
    assert read["title"] == read["items"][0]["title"] == EVIL
    for item in read["items"]:
        assert_readable_elsewhere(item["content_html"])
    assert read["items"][0]["image"] == f"{HOST}images/film.png"
    assert "image" not in read["items"][1]
    assert read["items"][2]["language"] == "ar"


def test_issues_as_atom_and_rss(issue_feed: IssueFeedView, render: Render) -> None:
    for template in ("feeds/issues.atom.xml", "feeds/issues.rss.xml"):
        text = render(template, issue_feed)
        etree.fromstring(text.encode())
        read = feedparser.parse(text)
        assert not read.bozo
        (entry,) = read.entries
        assert entry.id == entry.link == f"{HOST}issues/4/"
        assert_readable_elsewhere(entry.content[0].value)
        assert "id=" not in entry.content[0].value


def test_feeds_of_nothing(feed: FeedView, issue_feed: IssueFeedView, render: Render) -> None:
    etree.fromstring(render("feeds/stories.atom.xml", replace(feed, stories=())).encode())
    assert json.loads(render("feeds/stories.json", replace(feed, stories=())))["items"] == []
    etree.fromstring(render("feeds/issues.rss.xml", replace(issue_feed, issues=())).encode())


def test_sitemaps_and_robots(render: Render) -> None:
    entries = (SitemapEntry("", None), SitemapEntry("stories/\u6771\u4eac/", DAY.date()))
    tree = etree.fromstring(render("sitemap.xml", SitemapView(entries)).encode())
    assert tree.xpath("//*[local-name()='loc']/text()") == [HOST, f"{HOST}stories/%E6%9D%B1%E4%BA%AC/"]
    assert tree.xpath("//*[local-name()='lastmod']/text()") == ["2026-03-30"]
    tree = etree.fromstring(render("sitemap-index.xml", SitemapIndexView(("sitemap-1.xml",))).encode())
    assert tree.xpath("//*[local-name()='loc']/text()") == [f"{HOST}sitemap-1.xml"]
    assert f"Sitemap: {HOST}sitemap.xml" in render("robots.txt", RobotsView("sitemap.xml"))
