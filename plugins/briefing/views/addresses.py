"""Which files a build makes: the one place that knows whether a page is there to be linked to."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from briefing import urls
from briefing.model import Status
from briefing.views.aliases import former_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sized

    from briefing.model import Page, Story
    from briefing.views.publication import Publication

_FIXED = (
    *(urls.WEEKS, urls.TOPICS, urls.TAGS, urls.THREADS, urls.SOURCES, urls.CURATORS),
    *(urls.NOT_FOUND, urls.SITEMAP, urls.ROBOTS, urls.BUILD_ID),
    *(urls.ATOM_ALL, urls.JSON_ALL, urls.ATOM_ISSUES, urls.RSS_ISSUES),
)


def files(publication: Publication) -> frozenset[str]:
    """The names in the output folder of every page, feed and copied file; the theme's own are left out."""
    addresses = chain(_FIXED, _texts(publication), _lists(publication), _aliases(publication))
    copied = (urls.of_file(file) or file for file in publication.library.files)
    made = frozenset(chain(map(urls.file_of, addresses), copied))
    former = [one for one in former_addresses(publication.library) if urls.file_of(one.to) in made]
    return made.union(*({urls.file_of(one.old), *filter(None, [one.feed])} for one in former))


def _texts(publication: Publication) -> Iterator[str]:
    yield from (urls.story(story.id) for story in publication.addressed_stories)
    yield from (urls.issue(issue.id) for issue in publication.addressed_issues)
    yield from (urls.page(page.id) for page in publication.library.pages if _is_built(page.status, publication))


def _lists(publication: Publication) -> Iterator[str]:
    slug = publication.settings.slug
    by_address: list[tuple[str, Sized]] = [
        (urls.HOME, publication.stories),
        (urls.ISSUES, publication.issues),
        (urls.CORRECTIONS, publication.corrections),
        *((urls.topic(slug(name)), found) for name, found in publication.by_topic.items()),
        *((urls.tag(slug(name)), found) for name, found in publication.by_tag.items()),
        *((urls.source(slug(name)), found) for name, found in publication.by_source.items()),
        *((urls.thread(thread), found) for thread, found in publication.by_thread.items()),
        *((urls.curator(curator), found) for curator, found in publication.by_curator.items()),
    ]
    for address, found in by_address:
        pages = number_of_pages(len(found), publication.settings.options.page_size)
        yield from (urls.numbered(address, number) for number in range(1, pages + 1))
    yield from map(urls.week, publication.by_week)
    yield from (urls.atom_topic(slug(name)) for name in publication.by_topic)


def _aliases(publication: Publication) -> Iterator[str]:
    pages = (page for page in publication.library.pages if _is_built(page.status, publication))
    owners: tuple[Story | Page, ...] = (*publication.addressed_stories, *pages)
    yield from (urls.of_alias(alias) for owner in owners for alias in owner.aliases)


def number_of_pages(items: int, size: int) -> int:
    """How many pages a list has; one where there is nothing."""
    return max(1, -(-items // size))


def _is_built(status: Status, publication: Publication) -> bool:
    return status is not Status.DRAFT or publication.drafts
