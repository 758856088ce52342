"""A story, its sources, its thread and its curators."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from briefing.content.model.text import Status, reading_minutes

if TYPE_CHECKING:
    from briefing.content.model.text import Body, Image, Link


class Kind(StrEnum):
    """A story's weight."""

    MAIN = "main"
    BRIEF = "brief"


class Sentiment(StrEnum):
    """How the curator judges the news, always with a written reason on a main story."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Source:
    """An article that a story summarises. `url` is None where no address is known (`note` says more)."""

    name: str
    url: str | None
    title: str = ""
    author: str = ""
    date: dt.date | None = None
    via: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """What was wrong and has been put right, and when. A minor one misled nobody: it is kept, and told to no reader."""

    date: dt.date
    text: str
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """What one source says; `source` counts the story's sources from 1."""

    source: int
    says: str


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A point on which the sources differ, and each one's account of it."""

    claim: str
    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A check's finding that the curator has seen and accepts, with the reason."""

    check: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One curated summary of one event, citing one or more sources; the first is the lead source.

    content_hash: of everything that its readers see (`library.content_hash`).
    """

    id: str
    slug: str
    path: str
    title: str
    date: dt.datetime
    summary: str
    topic: str
    sources: tuple[Source, ...]
    body: Body
    kind: Kind = Kind.BRIEF
    sentiment: Sentiment | None = None
    sentiment_reason: str = ""
    why_it_matters: str = ""
    key_questions: tuple[str, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    curators: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    thread: str = ""
    image: Image | None = None
    corrections: tuple[Correction, ...] = ()
    modified: dt.datetime | None = None
    lang: str = ""
    translation_of: str = ""
    aliases: tuple[str, ...] = ()
    status: Status = Status.PUBLISHED
    assisted: bool = False
    reviewed_by: str = ""
    acknowledged: tuple[Acknowledgement, ...] = ()
    extra: dict[str, object] = field(default_factory=dict, compare=False)
    words: int = 0
    content_hash: str = ""

    @property
    def minutes(self) -> int:
        """Reading time in whole minutes at 200 words a minute, at least one."""
        return reading_minutes(self.words)

    @property
    def updated(self) -> dt.datetime:
        """When the text last changed, as far as the curator says: `modified`, or the last correction after it."""
        days = (correction.date for correction in self.corrections if not correction.minor)
        corrected = (dt.datetime.combine(day, dt.time(), self.date.tzinfo) for day in days)
        return max([self.modified or self.date, *corrected])


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """One subject followed over many stories."""

    id: str
    path: str
    title: str
    summary: str
    body: Body


@dataclass(frozen=True, slots=True, kw_only=True)
class Curator:
    """Who wrote a summary; the bio is the body."""

    id: str
    path: str
    name: str
    role: str
    body: Body
    image: Image | None = None
    links: tuple[Link, ...] = ()
