"""The files of a site: each is a template and the frozen view that it shows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from briefing import urls
from briefing.content.model import Status
from briefing.pages import feeds, lists
from briefing.pages.issues import issue_page
from briefing.pages.redirects import former_addresses
from briefing.pages.stories import story_card, story_view
from briefing.pages.views import (
    IssuePage,
    ListView,
    NotFoundView,
    PageView,
    RedirectView,
    SitemapEntry,
    SitemapIndexView,
    StoryView,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from briefing.pages.publication import Publication

_NEWEST_ON_404 = 5


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file of the site: its address, template and view.

    listed: whether it is in the sitemap. modified: when it last changed, if known.
    """

    url: str
    template: str
    view: object
    listed: bool = False
    modified: dt.date | None = None

    @property
    def file(self) -> str:
        """Its name in the output folder."""
        return urls.file_of(self.url)


def plan(publication: Publication) -> Iterator[Artifact]:
    """Yield every page, feed and data file of the site, in a fixed order, without the files that are only copied."""
    entries: list[SitemapEntry] = []
    for artifact in chain(_stories(publication), _issues(publication), _lists(publication), _pages(publication)):
        if artifact.listed:
            entries.append(SitemapEntry(artifact.url, artifact.modified))
        yield artifact
    yield from _feeds(publication)
    yield from _redirects(publication)
    newest = publication.stories[:_NEWEST_ON_404]
    cards = tuple(story_card(story, publication) for story in newest)
    yield Artifact(urls.NOT_FOUND, "404.html", NotFoundView(cards))
    for url, sitemap in feeds.sitemaps(entries):
        is_index = isinstance(sitemap, SitemapIndexView)
        yield Artifact(url, "sitemap-index.xml" if is_index else "sitemap.xml", sitemap)
    yield Artifact(urls.ROBOTS, "robots.txt", feeds.robots())


def _stories(publication: Publication) -> Iterator[Artifact]:
    for story in publication.addressed_stories:
        view: StoryView = story_view(story, publication)
        listed = story.id in publication.place
        yield Artifact(view.card.url, "story.html", view, listed=listed, modified=story.updated.date())


def _issues(publication: Publication) -> Iterator[Artifact]:
    listed = publication.issues
    position = {issue.id: index for index, issue in enumerate(listed)}
    for issue in publication.addressed_issues:
        index = position.get(issue.id)
        newer = listed[index - 1] if index else None
        older = listed[index + 1] if index is not None and index + 1 < len(listed) else None
        view: IssuePage = issue_page(issue, publication, newer, older)
        yield Artifact(view.issue.url, "issue.html", view, listed=index is not None, modified=view.issue.updated.date())


def _lists(publication: Publication) -> Iterator[Artifact]:
    for home in lists.home_pages(publication):
        yield Artifact(urls.numbered(urls.HOME, home.page), "home.html", home, listed=home.page == 1)
    for listing in chain(
        lists.topic_lists(publication),
        lists.tag_lists(publication),
        lists.thread_lists(publication),
        lists.curator_lists(publication),
        lists.source_lists(publication),
        lists.week_lists(publication),
    ):
        yield _list(listing)
    for index in lists.indexes(publication):
        yield Artifact(index.url, "directory.html", index, listed=True)
    for archive in lists.issue_indexes(publication):
        yield Artifact(urls.numbered(urls.ISSUES, archive.page), "issues.html", archive, listed=archive.page == 1)
    for corrections in lists.correction_pages(publication):
        url = urls.numbered(urls.CORRECTIONS, corrections.page)
        yield Artifact(url, "corrections.html", corrections, listed=corrections.page == 1)


def _list(view: ListView) -> Artifact:
    return Artifact(urls.numbered(view.url, view.page), "list.html", view, listed=view.page == 1)


def _pages(publication: Publication) -> Iterator[Artifact]:
    for page in publication.library.pages:
        if page.status is Status.DRAFT and not publication.drafts:
            continue
        view = PageView(page.title, urls.page(page.id), page.summary, publication.html(page.body), page.status.value)
        yield Artifact(view.url, "page.html", view, listed=page.status is Status.PUBLISHED)


def _feeds(publication: Publication) -> Iterator[Artifact]:
    settings, stories = publication.settings, publication.stories
    whole = feeds.story_feed(publication, settings.name, urls.ATOM_ALL, urls.HOME, stories)
    yield Artifact(urls.ATOM_ALL, "feeds/stories.atom.xml", whole)
    as_json = feeds.story_feed(publication, settings.name, urls.JSON_ALL, urls.HOME, stories)
    yield Artifact(urls.JSON_ALL, "feeds/stories.json", as_json)
    for topic, found in publication.by_topic.items():
        slug = settings.slug(topic)
        title = f"{settings.name}: {topic}"
        feed = feeds.story_feed(publication, title, urls.atom_topic(slug), urls.topic(slug), found)
        yield Artifact(feed.url, "feeds/stories.atom.xml", feed)
        for former in former_addresses(publication.library):
            if former.feed_to == feed.url:  # feed readers do not follow redirect pages, so serve the feed here too
                yield Artifact(former.feed, "feeds/stories.atom.xml", feed)
    yield Artifact(urls.ATOM_ISSUES, "feeds/issues.atom.xml", feeds.issue_feed(publication, urls.ATOM_ISSUES))
    yield Artifact(urls.RSS_ISSUES, "feeds/issues.rss.xml", feeds.issue_feed(publication, urls.RSS_ISSUES))


def _redirects(publication: Publication) -> Iterator[Artifact]:
    for story in publication.addressed_stories:
        for alias in story.aliases:
            yield _redirect(alias, story.title, urls.story(story.id))
    for page in publication.library.pages:
        if page.status is not Status.DRAFT or publication.drafts:
            for alias in page.aliases:
                yield _redirect(alias, page.title, urls.page(page.id))
    for former in former_addresses(publication.library):
        if publication.has(former.to):
            yield Artifact(former.old, "redirect.html", RedirectView(former.title, former.to))


def _redirect(alias: str, title: str, to: str) -> Artifact:
    return Artifact(urls.of_alias(alias), "redirect.html", RedirectView(title, to))
