"""Pictures in front matter."""

from __future__ import annotations

from dataclasses import dataclass, field

from briefing.content.frontmatter.field_types import (  # noqa: TC001 - pydantic reads the annotations at run time
    Block,
    ContentPath,
    Line,
    Text,
)
from briefing.content.frontmatter.keys import FrontMatter, key


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFrontMatter(FrontMatter):
    """A picture under content/."""

    file: ContentPath = field(
        metadata=key("its path under content/, such as images/name.jpg", shown=False, min_length=1)
    )
    alt: Block = field(metadata=key('what it shows, for readers who cannot see it, or "" if it is decorative'))
    caption: Text = field(default="", metadata=key("the line below it"))
    credit: Line = field(default="", metadata=key("who made it"))
    license: Line = field(default="", metadata=key("its licence"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Image(ImageFrontMatter):
    """A picture with its size in pixels. An empty `alt` means that it is decoration."""

    width: int
    height: int
