"""What texts share: HTML, headings, links, images, status; and pages outside the stream."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """draft: built only on request. hidden: at its address, in no list or feed. published."""

    DRAFT = "draft"
    HIDDEN = "hidden"
    PUBLISHED = "published"


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


@dataclass(frozen=True, slots=True)
class Link:
    """A labelled address."""

    title: str
    url: str


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


def reading_minutes(words: int) -> int:
    """Whole minutes to read so many words, at 200 words a minute, at least one."""
    return max(1, round(words / 200))
