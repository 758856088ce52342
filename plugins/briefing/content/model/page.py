"""A page outside the stream of stories, such as "About"."""

from __future__ import annotations

from dataclasses import dataclass, field

from briefing.content.frontmatter.field_types import (  # noqa: TC001 - pydantic reads the annotations at run time
    Alias,
    Extra,
    Line,
    Text,
    Truth,
)
from briefing.content.frontmatter.keys import FrontMatter, key
from briefing.content.model.body import Body  # noqa: TC001 - as above
from briefing.content.model.status import Status, StatusKey


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFrontMatter(FrontMatter):
    """The front matter of content/pages/ID.md."""

    title: Line = field(metadata=key("the page's title"))
    summary: Text = field(default="", metadata=key("one or two sentences of plain text"))
    menu: Truth = field(default=True, metadata=key("false to leave the page out of the menu"))
    status: StatusKey = field(default=Status.PUBLISHED, metadata=key("draft, hidden or published"))
    aliases: tuple[Alias, ...] = field(
        default_factory=tuple, metadata=key("former addresses that redirect here", shown=False)
    )
    extra: Extra = field(default_factory=dict, compare=False, metadata=key("your own keys", shown=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(PageFrontMatter):
    """A page outside the stream of stories. menu: whether it is in the menu."""

    id: str
    path: str
    body: Body
