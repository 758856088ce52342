"""Feeds, the sitemap and robots.txt."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - dataclasses' types are read at run time by callers
from dataclasses import dataclass

from briefing.pages.views.issue import IssueView  # noqa: TC001 - as above
from briefing.pages.views.story import StoryView  # noqa: TC001 - as above


@dataclass(frozen=True, slots=True)
class FeedView:
    """A feed of stories, newest first. `url` is the feed's address, `home` the page that it belongs to."""

    title: str
    url: str
    home: str
    updated: dt.datetime
    stories: tuple[StoryView, ...]


@dataclass(frozen=True, slots=True)
class IssueFeedView:
    """A feed of complete issues, newest first."""

    title: str
    url: str
    home: str
    updated: dt.datetime
    issues: tuple[IssueView, ...]


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """A page and the day on which it last changed, if known."""

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
    """robots.txt: the address of the sitemap."""

    sitemap: str
