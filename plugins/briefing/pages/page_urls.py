"""The files that a build makes: the one place that knows whether a page exists."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from briefing import urls
from briefing.content.model import Status
from briefing.pages.redirects import former_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sized

    from briefing.content.model import Page, Story
    from briefing.pages.listing import Listing

_FIXED = (
    *(urls.WEEKS, urls.TOPICS, urls.TAGS, urls.THREADS, urls.SOURCES, urls.CURATORS),
    *(urls.NOT_FOUND, urls.SITEMAP, urls.ROBOTS, urls.BUILD_ID),
    *(urls.ATOM_ALL, urls.JSON_ALL, urls.ATOM_ISSUES, urls.RSS_ISSUES),
)


def files(listing: Listing) -> frozenset[str]:
    """The names of every page, feed and copied file in the output folder, without the theme's own."""
    addresses = chain(_FIXED, _texts(listing), _lists(listing), _aliases(listing))
    copied = (urls.of_file(file) or file for file in listing.library.files)
    made = frozenset(chain(map(urls.file_of, addresses), copied))
    former = [one for one in former_addresses(listing.library) if urls.file_of(one.to) in made]
    return made.union(*({urls.file_of(one.old), *filter(None, [one.feed])} for one in former))


def _texts(listing: Listing) -> Iterator[str]:
    yield from (urls.story(story.id) for story in listing.addressed_stories)
    yield from (urls.issue(issue.id) for issue in listing.addressed_issues)
    yield from (urls.page(page.id) for page in listing.library.pages if _is_built(page.status, listing))


def _lists(listing: Listing) -> Iterator[str]:
    slug = listing.settings.slug
    by_address: list[tuple[str, Sized]] = [
        (urls.HOME, listing.stories),
        (urls.ISSUES, listing.issues),
        (urls.CORRECTIONS, listing.corrections),
        *((urls.topic(slug(name)), found) for name, found in listing.by_topic.items()),
        *((urls.tag(slug(name)), found) for name, found in listing.by_tag.items()),
        *((urls.source(slug(name)), found) for name, found in listing.by_source.items()),
        *((urls.thread(thread), found) for thread, found in listing.by_thread.items()),
        *((urls.curator(curator), found) for curator, found in listing.by_curator.items()),
    ]
    for address, found in by_address:
        pages = number_of_pages(len(found), listing.settings.options.page_size)
        yield from (urls.numbered(address, number) for number in range(1, pages + 1))
    yield from map(urls.week, listing.by_week)
    yield from (urls.atom_topic(slug(name)) for name in listing.by_topic)


def _aliases(listing: Listing) -> Iterator[str]:
    pages = (page for page in listing.library.pages if _is_built(page.status, listing))
    owners: tuple[Story | Page, ...] = (*listing.addressed_stories, *pages)
    yield from (urls.of_alias(alias) for owner in owners for alias in owner.aliases)


def number_of_pages(items: int, size: int) -> int:
    """The number of pages of a list; 1 if it is empty."""
    return max(1, -(-items // size))


def _is_built(status: Status, listing: Listing) -> bool:
    return status is not Status.DRAFT or listing.drafts
