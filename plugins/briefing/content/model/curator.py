"""A curator: who writes summaries."""

from __future__ import annotations

from dataclasses import dataclass, field

from briefing.content.frontmatter.field_types import (  # noqa: TC001 - pydantic reads the annotations at run time
    Extra,
    Line,
    WebOrMailUrl,
)
from briefing.content.frontmatter.keys import FrontMatter, key
from briefing.content.model.body import Body  # noqa: TC001 - as above
from briefing.content.model.image import Image, ImageFrontMatter  # noqa: TC001 - as above


@dataclass(frozen=True, slots=True)
class Link(FrontMatter):
    """A labelled address."""

    title: Line = field(metadata=key("the link's text"))
    url: WebOrMailUrl = field(metadata=key("where it leads", shown=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class CuratorFrontMatter(FrontMatter):
    """The front matter of content/curators/ID.md."""

    name: Line = field(metadata=key("the curator's name"))
    role: Line = field(default="", metadata=key("what the curator does"))
    image: ImageFrontMatter | None = field(default=None, metadata=key("a picture"))
    links: tuple[Link, ...] = field(default_factory=tuple, metadata=key("where to find the curator"))
    extra: Extra = field(default_factory=dict, compare=False, metadata=key("your own keys", shown=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Curator(CuratorFrontMatter):
    """Who wrote a summary; the body is the bio."""

    id: str
    path: str
    body: Body
    image: Image | None = None
