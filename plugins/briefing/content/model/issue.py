"""An issue: its front matter, and the model made from its file."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads the annotations at run time
from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import ConfigDict

from briefing.content.frontmatter.field_types import (
    Extra,
    GivenNumber,
    Line,
    Moment,
    Text,
    WebOrMailUrl,
    WebUrl,
    without_default,
)
from briefing.content.frontmatter.keys import FrontMatter, key
from briefing.content.model.acknowledgement import Acknowledgement  # noqa: TC001 - as above
from briefing.content.model.body import Body  # noqa: TC001 - as above
from briefing.content.model.image import Image, ImageFrontMatter  # noqa: TC001 - as above
from briefing.content.model.status import Status, StatusKey


@dataclass(frozen=True, slots=True)
class Section(FrontMatter):
    """A titled group of stories in an issue, by their ids."""

    title: Line = field(metadata=key("the section's heading"))
    stories: tuple[Line, ...] = field(metadata=key("its stories, by file name or slug", min_length=1))


@dataclass(frozen=True, slots=True)
class OneLiner(FrontMatter):
    """A link in an issue that gets one line, not a story."""

    title: Line = field(metadata=key("the link's text"))
    url: WebOrMailUrl = field(metadata=key("where it leads", shown=False))
    source: Line = field(default="", metadata=key("who published it"))
    note: Text = field(default="", metadata=key("one line about it"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SponsorFrontMatter(FrontMatter):
    """A paid slot, always labelled."""

    name: Line = field(metadata=key("who pays"))
    url: WebUrl = field(metadata=key("where it leads", shown=False))
    text: Text = field(metadata=key("what it says"))
    image: ImageFrontMatter | None = field(default=None, metadata=key("its picture"))
    label: Line = field(default="Sponsor", metadata=key("its label"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sponsor(SponsorFrontMatter):
    """A paid slot, always labelled."""

    image: Image | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueFrontMatter(FrontMatter):
    """The front matter of content/issues/YYYY-wNN.md."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid",
        json_schema_extra={"dependentRequired": {"number": ["lead"], "lead": ["number"], "sections": ["number"]}},
    )

    number: GivenNumber = field(
        default=None, metadata=key("the issue's number (a notice has none)", ge=0, json_schema_extra=without_default)
    )
    title: Line = field(metadata=key("the issue's title"))
    date: Moment = field(metadata=key("the day it goes out"))
    subject: Line = field(default="", metadata=key("the email's subject; the default is the title"))
    preheader: Line = field(default="", metadata=key("what inboxes show after the subject"))
    lead: Line = field(default="", metadata=key("the first story, by file name or slug (a notice has none)"))
    sections: tuple[Section, ...] = field(default_factory=tuple, metadata=key("the other stories, in titled sections"))
    links: tuple[OneLiner, ...] = field(default_factory=tuple, metadata=key("links with one line each"))
    sponsor: SponsorFrontMatter | None = field(default=None, metadata=key("a paid slot, always labelled"))
    status: StatusKey = field(default=Status.PUBLISHED, metadata=key("draft, hidden or published"))
    acknowledged: tuple[Acknowledgement, ...] = field(
        default_factory=tuple, metadata=key("warnings of `check` that you accept", shown=False)
    )
    extra: Extra = field(default_factory=dict, compare=False, metadata=key("your own keys", shown=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue(IssueFrontMatter):
    """A dated, numbered selection of stories with an introduction: the newsletter's unit.

    lead, sections: with the ids of stories. subject: "" if the email's is the title. number: None for a notice, a mail
    outside the sequence that names no stories.
    """

    id: str
    path: str
    date: dt.datetime
    body: Body
    sponsor: Sponsor | None = None

    @property
    def is_notice(self) -> bool:
        """Whether it is outside the sequence."""
        return self.number is None

    @property
    def story_ids(self) -> tuple[str, ...]:
        """Every story of the issue in reading order, the lead first."""
        return (*filter(None, [self.lead]), *(s for section in self.sections for s in section.stories))
