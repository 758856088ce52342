"""What several views share: references, images, sources, moments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True, slots=True)
class Ref:
    """A name and its page on this site; `url` is None if the build has no such page ("" is home)."""

    name: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Outward:
    """A name and an address elsewhere, complete (`https:` or `mailto:`)."""

    name: str
    href: str


@dataclass(frozen=True, slots=True)
class ImageView:
    """A picture on this site, in pixels. An empty `alt` says decoration."""

    url: str
    alt: str
    width: int
    height: int
    caption: str
    credit: str
    license: str


@dataclass(frozen=True, slots=True)
class HeadingView:
    """A heading within a story's text, and the anchor that leads to it."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A story on a thread's timeline; `current` marks the story being read."""

    url: str
    title: str
    date: dt.datetime
    current: bool


@dataclass(frozen=True, slots=True)
class Count:
    """A name, its page, how many stories are there, and a line about it where there is one."""

    name: str
    url: str
    stories: int
    summary: str
