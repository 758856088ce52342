"""The lists in a story's front matter: sources, disagreements between them, and corrections."""

from __future__ import annotations

from dataclasses import dataclass, field

from briefing.content.frontmatter.field_types import (  # noqa: TC001 - pydantic reads the annotations at run time
    Day,
    Line,
    Number,
    Text,
    Truth,
    WebUrl,
)
from briefing.content.frontmatter.keys import FrontMatter, key


@dataclass(frozen=True, slots=True)
class Source(FrontMatter):
    """An article that a story summarises. `url` is None if it has no known address (`note` says more)."""

    name: Line = field(metadata=key("who published it"))
    url: WebUrl | None = field(metadata=key("its address, or null if a `note` says where you read it", shown=False))
    title: Line = field(default="", metadata=key("its title"))
    author: Line = field(default="", metadata=key("who wrote it"))
    date: Day | None = field(default=None, metadata=key("when it was published"))
    via: Line = field(
        default="", metadata=key("the name or address of the original, if this source reports what another published")
    )
    note: Text = field(default="", metadata=key("what a reader should know about it"))


@dataclass(frozen=True, slots=True)
class Account(FrontMatter):
    """What one source says; `source` counts the story's sources from 1."""

    source: Number = field(metadata=key("the number of the source, counted from 1", ge=1))
    says: Text = field(metadata=key("what the source says"))


@dataclass(frozen=True, slots=True)
class Disagreement(FrontMatter):
    """A point on which the sources differ, and what each says about it."""

    claim: Text = field(metadata=key("the point the sources disagree on"))
    accounts: tuple[Account, ...] = field(metadata=key("what each source says, two or more", min_length=2))


@dataclass(frozen=True, slots=True)
class Correction(FrontMatter):
    """What was wrong and is now right, and when it was corrected. Readers are not told about a minor one."""

    date: Day = field(metadata=key("the date of the correction"))
    text: Text = field(metadata=key("what was wrong, and what is correct"))
    minor: Truth = field(
        default=False, metadata=key("true if nobody was misled, as by a spelling mistake: readers are not told")
    )
