"""Lists of stories, lists of lists, and single pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from briefing.pages.views.issue_views import IssueCard
    from briefing.pages.views.parts import Count, ImageView, Outward, Ref
    from briefing.pages.views.story_views import CorrectionView, StoryCard


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
class IndexView:
    """A list of lists: all topics, tags, threads, sources, curators or weeks.

    kind: "topics", "tags", "threads", "sources", "curators" or "weeks".
    """

    kind: str
    title: str
    url: str
    items: tuple[Count, ...]


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
