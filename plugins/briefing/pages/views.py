"""The shapes of all views. Addresses (`url`) are paths on this site unless they are called `href`."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - dataclasses' types are read at run time by callers
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ref:
    """A name and its page on this site; `url` is None if the build has no such page ("" is home)."""

    name: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Outward:
    """A name and an address elsewhere, complete (`https:` or `mailto:`)."""

    name: str
    href: str


@dataclass(frozen=True, slots=True)
class ImageView:
    """A picture on this site, in pixels. An empty `alt` says decoration."""

    url: str
    alt: str
    width: int
    height: int
    caption: str
    credit: str
    license: str


@dataclass(frozen=True, slots=True)
class HeadingView:
    """A heading within a story's text, and the anchor that leads to it."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class SourceView:
    """One cited source; `number` counts from 1, `publisher` is its page on this site, `href` may be ""."""

    number: int
    publisher: Ref
    href: str
    title: str
    author: str
    date: dt.date | None
    via: str
    note: str


@dataclass(frozen=True, slots=True)
class AccountView:
    """What source `number`, called `name`, says."""

    number: int
    name: str
    says: str


@dataclass(frozen=True, slots=True)
class DisagreementView:
    """A point on which sources differ."""

    claim: str
    accounts: tuple[AccountView, ...]


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """A correction, and the story it belongs to."""

    date: dt.date
    text: str
    story: Ref


@dataclass(frozen=True, slots=True)
class Moment:
    """A story on a thread's timeline; `current` marks the story being read."""

    url: str
    title: str
    date: dt.datetime
    current: bool


@dataclass(frozen=True, slots=True)
class TimelineView:
    """A thread as one of its stories shows it, oldest first; `earlier` and `later` count what is left out."""

    thread: Ref
    moments: tuple[Moment, ...]
    earlier: int
    later: int


@dataclass(frozen=True, slots=True)
class CuratorView:
    """A curator's box: `html` is the bio."""

    name: str
    url: str
    role: str
    html: str
    image: ImageView | None
    links: tuple[Outward, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryCard:
    """A story in a list. `sentiment` is "" where none was given; `kind` is "main" or "brief"."""

    id: str
    url: str
    title: str
    summary: str
    date: dt.datetime
    topic: Ref
    kind: str
    sentiment: str
    words: int
    minutes: int
    lead_source: str
    image: ImageView | None
    lang: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView:
    """A story's page. `html` is its text, safe to show as it is; `original` is what it translates.

    feed_id: the address by which feeds know the story, the one that it had first.
    """

    card: StoryCard
    html: str
    original: Ref | None
    headings: tuple[HeadingView, ...]
    sentiment_reason: str
    why_it_matters: str
    key_questions: tuple[str, ...]
    sources: tuple[SourceView, ...]
    disagreements: tuple[DisagreementView, ...]
    corrections: tuple[CorrectionView, ...]
    modified: dt.datetime | None
    timeline: TimelineView | None
    tags: tuple[Ref, ...]
    curators: tuple[CuratorView, ...]
    issue: Ref | None
    share: tuple[Outward, ...]
    newer: Ref | None
    older: Ref | None
    assisted: bool
    reviewed_by: str
    feed_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView:
    """One page of a list of stories, newest first.

    kind: "topic", "tag", "thread", "curator", "source" or "week".
    summary, html, role, image, links: what introduces the list, where there is something.
    page, pages: this page's number and how many there are, from 1; `total` counts the stories.
    issues: those of a week, the first first.
    newer, older: the neighbouring pages of the list, or of the neighbouring weeks, or None ("" is home).
    feed: the list's own feed, or "".
    """

    kind: str
    title: str
    url: str
    summary: str
    html: str
    role: str
    image: ImageView | None
    links: tuple[Outward, ...]
    cards: tuple[StoryCard, ...]
    issues: tuple[Ref, ...]
    page: int
    pages: int
    total: int
    newer: str | None
    older: str | None
    feed: str


@dataclass(frozen=True, slots=True)
class Count:
    """A name, its page, how many stories are there, and a line about it where there is one."""

    name: str
    url: str
    stories: int
    summary: str


@dataclass(frozen=True, slots=True)
class IndexView:
    """A list of lists: all topics, tags, threads, sources, curators or weeks.

    kind: "topics", "tags", "threads", "sources", "curators" or "weeks".
    """

    kind: str
    title: str
    url: str
    items: tuple[Count, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """A story in an issue or a digest. `corrections`: for pages; a digest goes out before there are any."""

    card: StoryCard
    why_it_matters: str
    key_questions: tuple[str, ...]
    sources: tuple[SourceView, ...]
    corrections: tuple[CorrectionView, ...] = ()


@dataclass(frozen=True, slots=True)
class SectionView:
    """A titled run of stories in an issue."""

    title: str
    items: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True)
class OneLinerView:
    """A link with one line."""

    title: str
    href: str
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class SponsorView:
    """A paid slot; `label` is shown wherever it is."""

    name: str
    href: str
    text: str
    label: str
    image: ImageView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueView:
    """What an issue holds, the same for its page and its digest. `html` is the introduction.

    `number`: None for a notice, which has nothing but `html` and `links`. `corrections`: those of earlier stories that
    it tells, each told by one issue. `words` and `minutes` count what the digest shows. `updated`: the date, or when one
    of its own stories was last corrected.
    """

    id: str
    url: str
    number: int | None
    title: str
    date: dt.datetime
    subject: str
    preheader: str
    html: str
    lead: ItemView | None
    sections: tuple[SectionView, ...]
    links: tuple[OneLinerView, ...]
    sponsor: SponsorView | None
    corrections: tuple[CorrectionView, ...]
    words: int
    minutes: int
    updated: dt.datetime


@dataclass(frozen=True, slots=True)
class IssuePage:
    """An issue's page on the site; status is "draft", "hidden" or "published"."""

    issue: IssueView
    status: str
    newer: Ref | None
    older: Ref | None


@dataclass(frozen=True, slots=True)
class IssueCard:
    """An issue in a list; a notice has no number."""

    url: str
    number: int | None
    title: str
    date: dt.datetime
    summary: str
    stories: int
    minutes: int


@dataclass(frozen=True, slots=True)
class IssueIndex:
    """The archive of issues, newest first; one page of it."""

    issues: tuple[IssueCard, ...]
    page: int
    pages: int
    newer: str | None
    older: str | None


@dataclass(frozen=True, slots=True)
class HomeView:
    """The first page: the newest issue, then the newest stories; further pages hold stories only."""

    issue: IssueCard | None
    lead: StoryCard | None
    cards: tuple[StoryCard, ...]
    page: int
    pages: int
    newer: str | None
    older: str | None


@dataclass(frozen=True, slots=True)
class CorrectionsView:
    """Every correction, newest first; one page of them."""

    corrections: tuple[CorrectionView, ...]
    page: int
    pages: int
    newer: str | None
    older: str | None


@dataclass(frozen=True, slots=True)
class PageView:
    """A page outside the stream. `status` as for a story."""

    title: str
    url: str
    summary: str
    html: str
    status: str


@dataclass(frozen=True, slots=True)
class NotFoundView:
    """The 404 page: where a lost reader may go."""

    newest: tuple[StoryCard, ...]


@dataclass(frozen=True, slots=True)
class RedirectView:
    """A page that leads from an old address to a page's own."""

    title: str
    to: str


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


@dataclass(frozen=True, slots=True)
class DigestView:
    """An issue as email. `unsubscribe` and `preferences` are complete addresses, the reader's own; "" is none.

    `unsubscribe` begins with `mailto:` where readers leave by mail only; `preferences` is "" then.
    """

    issue: IssueView
    unsubscribe: str
    preferences: str = ""
