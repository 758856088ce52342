"""The Markdown text of a file, as safe HTML."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a text: `level` 2 to 6, `anchor` unique within the text."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A link or picture as written in a Markdown text, and its line in the file, counted from 1."""

    target: str
    line: int
    is_image: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """A Markdown text as safe HTML.

    html: finished, except that addresses on this site begin with a placeholder; see `markdown.finished_html`.
    words: how many words readers read, in headings and text, without captions.
    todos: the lines of the file, counted from 1, that begin with TODO.
    """

    html: str = ""
    words: int = 0
    headings: tuple[Heading, ...] = ()
    references: tuple[Reference, ...] = ()
    todos: tuple[int, ...] = ()
