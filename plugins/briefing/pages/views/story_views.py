"""A story as its page and its cards show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from briefing.pages.views.parts import HeadingView, ImageView, Moment, Outward, Ref


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
