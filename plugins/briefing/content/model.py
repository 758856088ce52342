"""What a publication is made of: frozen, typed values that hold no file handles and do no I/O.

Times are aware datetimes in the publication's time zone (midnight where only a day was given).
Paths of files are relative to `content/`, with forward slashes; `path` is where the value was
read from, relative to the publication's root.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


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


class Status(StrEnum):
    """draft: built only on request. hidden: at its address, in no list or feed. published."""

    DRAFT = "draft"
    HIDDEN = "hidden"
    PUBLISHED = "published"


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
class Image:
    """A picture under `content/`, measured in pixels. An empty `alt` says that it is decoration."""

    file: str
    alt: str
    width: int
    height: int
    caption: str = ""
    credit: str = ""
    license: str = ""


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


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a text: `level` 2 to 6, `anchor` unique within the text."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A link or picture as written in a Markdown text, on a line counted from the top of its file."""

    target: str
    line: int
    is_image: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """A Markdown text as safe HTML.

    Addresses on this site stand in `html` behind `markup.SITE_MARK`, to be completed where the text is used.
    `words` counts what a reader reads: headings and text, no captions. `todos` are the lines, counted from the
    top of the file, that begin with TODO.
    """

    html: str = ""
    words: int = 0
    headings: tuple[Heading, ...] = ()
    references: tuple[Reference, ...] = ()
    todos: tuple[int, ...] = ()


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


@dataclass(frozen=True, slots=True)
class Link:
    """A labelled address."""

    title: str
    url: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page outside the stream of stories, such as "About"."""

    id: str
    path: str
    title: str
    summary: str
    body: Body
    in_menu: bool = True
    status: Status = Status.PUBLISHED
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A titled run of stories in an issue, by their ids."""

    title: str
    stories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OneLiner:
    """A link of an issue that gets one line, not a story."""

    title: str
    url: str
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sponsor:
    """A paid slot, labelled everywhere."""

    name: str
    url: str
    text: str
    label: str = "Sponsor"
    image: Image | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """A dated, numbered selection of stories with an introduction: the newsletter's unit.

    Without a `subject` the email's is the title. Without a number it is a notice, a mail outside the sequence: a text
    that names no stories.
    """

    id: str
    path: str
    number: int | None
    title: str
    date: dt.datetime
    subject: str
    preheader: str
    body: Body
    lead: str
    sections: tuple[Section, ...] = ()
    links: tuple[OneLiner, ...] = ()
    sponsor: Sponsor | None = None
    status: Status = Status.PUBLISHED
    acknowledged: tuple[Acknowledgement, ...] = ()

    @property
    def is_notice(self) -> bool:
        """Whether it stands outside the sequence."""
        return self.number is None

    @property
    def story_ids(self) -> tuple[str, ...]:
        """Every story of the issue, the lead first, in reading order."""
        return (*filter(None, [self.lead]), *(s for section in self.sections for s in section.stories))


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """A finished message with placeholders: parts[0], placeholders[0], parts[1], and so on to the last part.

    parts: ASCII with CRLF line ends.
    placeholders: the name of each: "unsubscribe", "unsubscribe-mail", "preferences", "date", "message-id", "to". A name can
    occur several times.
    places: where each placeholder is, "header", "text" or "html", which decides how its value is encoded.
    """

    parts: tuple[bytes, ...]
    placeholders: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """An issue rendered as email: the three files of `outbox/ISSUE/`, and what a reader's message is made of.

    html, text, message: with placeholders in the reader's places, and the issue's date. fingerprint: SHA-256 in
    hexadecimal of the template, so of everything but the values of the placeholders.
    """

    issue: str
    subject: str
    html: str
    text: str
    message: bytes
    template: MessageTemplate
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofRecord:
    """That a digest was sent to the desk. Its fingerprint, and the transport with what that keeps, may be sent.

    keeps: "bytes" or "content". at: in UTC, to the second.
    """

    issue: str
    fingerprint: str
    transport: str
    keeps: str
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many deliveries of a finished campaign ended in which way."""

    sent: int
    dead: int
    suppressed: int
    unknown: int


@dataclass(frozen=True, slots=True)
class ToldCorrection:
    """A correction that an issue took up: its readers were told of it, unless it is minor."""

    story: str
    date: dt.date
    text: str
    minor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What an issue told its readers: `stories`, the lead first, and the corrections of others.

    content_hashes: the `Story.content_hash` of each of these stories, and of each corrected one, as it was then.
    """

    stories: tuple[str, ...] = ()
    content_hashes: dict[str, str] = field(default_factory=dict)
    corrections: tuple[ToldCorrection, ...] = ()

    @property
    def fields(self) -> Mapping[str, Any]:
        """By name, to make a record with."""
        return {"stories": self.stories, "content_hashes": self.content_hashes, "corrections": self.corrections}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderDraftRecord(Contents):
    """That an issue was handed to a provider as a draft. draft: the provider's name for it. where: its address for the desk.

    fingerprint: of the page that was handed over. transport: the provider. at: in UTC, to the second. sent: the provider
    has said that it went out.
    """

    issue: str
    fingerprint: str
    transport: str
    keeps: str
    draft: str
    where: str
    at: dt.datetime
    sent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SentRecord(Contents):
    """That a digest was sent to readers, and what it held. The counts add up to `recipients`.

    keeps: "bytes" or "content". opened, finished: in UTC, to the second.
    """

    issue: str
    subject: str
    fingerprint: str
    transport: str
    keeps: str
    opened: dt.datetime
    finished: dt.datetime
    recipients: int
    counts: Counts

    @property
    def at(self) -> dt.datetime:
        """Since when the contents are fixed."""
        return self.opened


def reading_minutes(words: int) -> int:
    """Whole minutes to read so many words, at 200 words a minute, at least one."""
    return max(1, round(words / 200))
