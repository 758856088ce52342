"""Lists of stories, issues and corrections, page by page, and lists of lists."""

from __future__ import annotations

from dataclasses import dataclass

from briefing.pages.views.image import ImageView  # noqa: TC001 - dataclasses' types are read at run time by callers
from briefing.pages.views.issue import IssueCard  # noqa: TC001 - as above
from briefing.pages.views.ref import Outward, Ref  # noqa: TC001 - as above
from briefing.pages.views.story import CorrectionView, StoryCard  # noqa: TC001 - as above


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView:
    """One page of a list of stories, newest first.

    kind: "topic", "tag", "thread", "curator", "source" or "week".
    summary, html, role, image, links: the list's introduction, each empty if it has none.
    page, pages: this page's number, from 1, and the number of pages. total: the number of stories.
    issues: those of a week, oldest first.
    newer, older: the neighbouring pages of the list, or the neighbouring weeks, or None ("" is the home page).
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
    """A name, its page, the number of its stories, and a line about it, or ""."""

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


@dataclass(frozen=True, slots=True)
class IssueIndex:
    """One page of the archive of issues, newest first."""

    issues: tuple[IssueCard, ...]
    page: int
    pages: int
    newer: str | None
    older: str | None


@dataclass(frozen=True, slots=True)
class HomeView:
    """The home page: the newest issue, then the newest stories. Its further pages contain only stories."""

    issue: IssueCard | None
    lead: StoryCard | None
    cards: tuple[StoryCard, ...]
    page: int
    pages: int
    newer: str | None
    older: str | None


@dataclass(frozen=True, slots=True)
class CorrectionsView:
    """One page of all corrections, newest first."""

    corrections: tuple[CorrectionView, ...]
    page: int
    pages: int
    newer: str | None
    older: str | None
