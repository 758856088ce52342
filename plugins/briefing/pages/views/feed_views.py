"""Feeds, sitemaps and robots.txt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from briefing.pages.views.issue_views import IssueView
    from briefing.pages.views.story_views import StoryView


@dataclass(frozen=True, slots=True)
class FeedView:
    """A feed of stories, newest first. `url` is the feed's own, `home` the page it belongs to."""

    title: str
    url: str
    home: str
    updated: dt.datetime
    stories: tuple[StoryView, ...]


@dataclass(frozen=True, slots=True)
class IssueFeedView:
    """A feed of issues, newest first, each whole."""

    title: str
    url: str
    home: str
    updated: dt.datetime
    issues: tuple[IssueView, ...]


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """A page and the day it last changed, where that is known."""

    url: str
    modified: dt.date | None


@dataclass(frozen=True, slots=True)
class SitemapView:
    """At most 50,000 addresses (sitemaps.org, protocol)."""

    entries: tuple[SitemapEntry, ...]


@dataclass(frozen=True, slots=True)
class SitemapIndexView:
    """The sitemaps of a site too large for one."""

    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RobotsView:
    """robots.txt: where the sitemap is."""

    sitemap: str
