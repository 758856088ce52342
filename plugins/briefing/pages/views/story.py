"""A story: on its page, in a list, in an issue."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - dataclasses' types are read at run time by callers
from dataclasses import dataclass

from briefing.pages.views.image import ImageView  # noqa: TC001 - as above
from briefing.pages.views.ref import Outward, Ref  # noqa: TC001 - as above


@dataclass(frozen=True, slots=True)
class HeadingView:
    """A heading in a story's text, and its anchor."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class SourceView:
    """A cited source. `number` counts from 1, `publisher` is its page on this site, `href` may be ""."""

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
    """A correction, and the story that it corrects."""

    date: dt.date
    text: str
    story: Ref


@dataclass(frozen=True, slots=True)
class Moment:
    """A story on a thread's timeline; `current` marks the story of the page."""

    url: str
    title: str
    date: dt.datetime
    current: bool


@dataclass(frozen=True, slots=True)
class TimelineView:
    """Part of a thread, on the page of one of its stories, oldest first; `earlier` and `later` count the other stories."""

    thread: Ref
    moments: tuple[Moment, ...]
    earlier: int
    later: int


@dataclass(frozen=True, slots=True)
class CuratorView:
    """A curator; `html` is the bio."""

    name: str
    url: str
    role: str
    html: str
    image: ImageView | None
    links: tuple[Outward, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFields:
    """The fields of a story that lists show; a view takes them from the story by name."""

    id: str
    title: str
    summary: str
    date: dt.datetime
    words: int
    minutes: int
    lang: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryCard(CardFields):
    """A story in a list. `sentiment` is "" if it has none; `kind` is "main" or "brief"."""

    url: str
    topic: Ref
    kind: str
    sentiment: str
    lead_source: str
    image: ImageView | None
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFields:
    """The further fields of a story that its page, issues and digests show; a view takes them from the story by name."""

    why_it_matters: str
    key_questions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView(ItemFields):
    """A story in an issue or a digest. `corrections` is for pages; a digest goes out before there are any."""

    card: StoryCard
    sources: tuple[SourceView, ...]
    corrections: tuple[CorrectionView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryFields(ItemFields):
    """The further fields of a story that only its page shows; a view takes them from the story by name."""

    sentiment_reason: str
    assisted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView(StoryFields):
    """A story's page.

    html: its text, safe to show. original: the story that it translates.
    feed_id: the address by which feeds identify the story, which is its first one.
    """

    card: StoryCard
    html: str
    original: Ref | None
    headings: tuple[HeadingView, ...]
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
    reviewed_by: str
    feed_id: str
