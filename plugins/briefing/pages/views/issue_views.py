"""An issue as its page, its digest and the archive show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from briefing.pages.views.parts import ImageView, Ref
    from briefing.pages.views.story_views import CorrectionView, SourceView, StoryCard


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
class DigestView:
    """An issue as email. `unsubscribe` and `preferences` are complete addresses, the reader's own; "" is none.

    `unsubscribe` begins with `mailto:` where readers unsubscribe by mail only; `preferences` is "" then.
    """

    issue: IssueView
    unsubscribe: str
    preferences: str = ""
