"""An issue: on its page, in its digest, in a list."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - dataclasses' types are read at run time by callers
from dataclasses import dataclass

from briefing.pages.views.image import ImageView  # noqa: TC001 - as above
from briefing.pages.views.ref import Ref  # noqa: TC001 - as above
from briefing.pages.views.story import CorrectionView, ItemView  # noqa: TC001 - as above


@dataclass(frozen=True, slots=True)
class SectionView:
    """A titled group of stories in an issue."""

    title: str
    items: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True)
class OneLinerView:
    """A link with one line about it."""

    title: str
    href: str
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class SponsorView:
    """A paid slot; always shown with its `label`."""

    name: str
    href: str
    text: str
    label: str
    image: ImageView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueView:
    """What an issue contains, the same for its page and its digest.

    number: None for a notice, which has only `html` and `links`. html: the introduction.
    corrections: those of earlier stories, each of which appears in one issue. words, minutes: of what the digest shows.
    updated: the date, or the date of the last correction of one of its own stories if that is later.
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
    """An issue's page; status is "draft", "hidden" or "published"."""

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
