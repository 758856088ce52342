"""A story: its front matter, and the model made from its file."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from briefing.content.frontmatter.field_types import (
    Alias,
    Extra,
    Line,
    Moment,
    Text,
    Truth,
    choice,
)
from briefing.content.frontmatter.keys import FrontMatter, key
from briefing.content.model.acknowledgement import Acknowledgement  # noqa: TC001 - as above
from briefing.content.model.body import Body  # noqa: TC001 - as above
from briefing.content.model.image import Image, ImageFrontMatter  # noqa: TC001 - as above
from briefing.content.model.reading_time import reading_minutes
from briefing.content.model.status import Status, StatusKey
from briefing.content.model.story_parts import Correction, Disagreement, Source  # noqa: TC001 - as above


class Kind(StrEnum):
    """A story's weight."""

    MAIN = "main"
    BRIEF = "brief"


class Sentiment(StrEnum):
    """How the curator judges the news; a main story gives the reason in writing."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryFrontMatter(FrontMatter):
    """The front matter of content/stories/YYYY/YYYY-MM-DD-slug.md."""

    title: Line = field(metadata=key("the headline, on one line", hashed=True))
    date: Moment = field(metadata=key("the date of the story"))
    summary: Text = field(metadata=key("one or two sentences of plain text", hashed=True))
    topic: Line = field(metadata=key("one of the topics in pelicanconf.py"))
    sources: tuple[Source, ...] = field(
        metadata=key("one or more sources, the lead source first", hashed=True, min_length=1)
    )
    kind: Annotated[Kind, choice(Kind)] = field(default=Kind.BRIEF, metadata=key("main or brief, the story's weight"))
    sentiment: Annotated[Sentiment, choice(Sentiment)] | None = field(
        default=None, metadata=key("positive, neutral, negative or mixed, as you judge the news", hashed=True)
    )
    sentiment_reason: Text = field(
        default="",
        metadata=key("the reason in a sentence, required if a main story has a sentiment", hashed=True),
    )
    why_it_matters: Text = field(default="", metadata=key("why it matters, in a sentence", hashed=True))
    key_questions: tuple[Text, ...] = field(
        default_factory=tuple, metadata=key("questions the story leaves open", hashed=True)
    )
    disagreements: tuple[Disagreement, ...] = field(
        default_factory=tuple, metadata=key("points on which the sources differ", hashed=True)
    )
    authors: tuple[Line, ...] = field(
        default_factory=tuple, metadata=key("curators, by the names of their files", hashed=True, shown=False)
    )
    tags: tuple[Line, ...] = field(default_factory=tuple, metadata=key("tags"))
    thread: Line = field(
        default="", metadata=key("the thread that it belongs to, by the name of its file", shown=False)
    )
    image: ImageFrontMatter | None = field(default=None, metadata=key("its picture", hashed=True))
    corrections: tuple[Correction, ...] = field(default_factory=tuple, metadata=key("what was corrected, and when"))
    modified: Moment | None = field(default=None, metadata=key("when the text last changed"))
    lang: Line = field(
        default="",
        metadata=key("its language, such as en", shown=False, pattern=r"^$|^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$"),
    )
    translation_of: Line = field(default="", metadata=key("the story that it translates", shown=False))
    aliases: tuple[Alias, ...] = field(
        default_factory=tuple, metadata=key("former addresses that redirect here", shown=False)
    )
    status: StatusKey = field(default=Status.PUBLISHED, metadata=key("draft, hidden or published"))
    assisted: Truth = field(default=False, metadata=key("true if a machine drafted it", hashed=True))
    reviewed_by: Line = field(
        default="", metadata=key("the curator who checked an assisted story", hashed=True, shown=False)
    )
    acknowledged: tuple[Acknowledgement, ...] = field(
        default_factory=tuple, metadata=key("warnings of `check` that you accept", shown=False)
    )
    extra: Extra = field(default_factory=dict, compare=False, metadata=key("your own keys", shown=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Story(StoryFrontMatter):
    """One curated summary of one event, citing one or more sources; the first is the lead source.

    Names that the settings have as aliases are replaced by today's; corrections are in the order of their dates.
    words: of headings, text and key questions. content_hash: see `library.content_hash`.
    """

    id: str
    slug: str
    path: str
    date: dt.datetime
    body: Body
    image: Image | None = None
    modified: dt.datetime | None = None
    words: int = 0
    content_hash: str = ""

    @property
    def minutes(self) -> int:
        """Reading time in whole minutes at 200 words a minute, at least one."""
        return reading_minutes(self.words)

    @property
    def updated(self) -> dt.datetime:
        """When the text last changed according to the curator: `modified`, or a later correction that is not minor."""
        days = (correction.date for correction in self.corrections if not correction.minor)
        corrected = (dt.datetime.combine(day, dt.time(), self.date.tzinfo) for day in days)
        return max([self.modified or self.date, *corrected])
