"""Feeds of stories and issues, the sitemap and robots.txt."""

from __future__ import annotations

import datetime as dt
from itertools import islice
from typing import TYPE_CHECKING, Final

from briefing import urls
from briefing.pages.issues import issue_view
from briefing.pages.stories import story_view
from briefing.pages.views import FeedView, IssueFeedView, RobotsView, SitemapEntry, SitemapIndexView, SitemapView

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from briefing.content.model import Story
    from briefing.pages.publication import Publication

_SITEMAP: Final = 50_000
_NEVER: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def story_feed(publication: Publication, title: str, url: str, home: str, stories: Sequence[Story]) -> FeedView:
    """The newest of some stories, each complete."""
    newest = stories[: publication.settings.options.feed_size]
    return FeedView(
        title=title,
        url=url,
        home=home,
        updated=max((story.updated for story in newest), default=_NEVER),
        stories=tuple(story_view(story, publication) for story in newest),
    )


def issue_feed(publication: Publication, url: str) -> IssueFeedView:
    """The newest issues, each complete."""
    settings = publication.settings
    newest = publication.issues[: settings.options.feed_size]
    issues = tuple(issue_view(issue, publication) for issue in newest)
    return IssueFeedView(
        title=f"{settings.name}: issues",
        url=url,
        home=urls.ISSUES,
        updated=max((issue.updated for issue in issues), default=_NEVER),
        issues=issues,
    )


def sitemaps(entries: Iterable[SitemapEntry]) -> Iterator[tuple[str, SitemapView | SitemapIndexView]]:
    """One sitemap, or an index of several, with at most 50,000 addresses each (sitemaps.org, protocol)."""
    remaining = iter(entries)
    parts = list(iter(lambda: tuple(islice(remaining, _SITEMAP)), ()))
    if len(parts) <= 1:
        yield urls.SITEMAP, SitemapView(parts[0] if parts else ())
        return
    names = [urls.SITEMAP.replace(".xml", f"-{number}.xml") for number in range(1, len(parts) + 1)]
    yield urls.SITEMAP, SitemapIndexView(tuple(names))
    for name, part in zip(names, parts, strict=True):
        yield name, SitemapView(part)


def robots() -> RobotsView:
    """All crawlers may read everything."""
    return RobotsView(urls.SITEMAP)
