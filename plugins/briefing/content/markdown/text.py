"""A Markdown text to be read, and what may be in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A Markdown text: the file it is from (`path`), the line on which it begins, and what it may contain.

    file: the same file relative to `content/`, to which relative links refer.
    language: of the headings, which become anchors.
    """

    markdown: str
    path: str
    file: str
    first_line: int = 1
    allow_remote_images: bool = False
    allow_svg: bool = False
    language: str = ""
