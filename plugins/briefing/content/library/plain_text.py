"""Front matter is plain text: readers would see Markdown in it as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from briefing.content import markdown
from briefing.content.frontmatter.keys import shown_texts
from briefing.content.frontmatter.values import field_of
from briefing.errors import Problem, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.content.frontmatter import Document
    from briefing.content.frontmatter.keys import FrontMatter


def shown_markdown(front_matter: FrontMatter, document: Document) -> Iterator[Problem]:
    """A warning for each piece of Markdown in a text that readers see."""
    for place, text in shown_texts(front_matter):
        for found in markdown.in_plain_text(text):
            what, line = f"`{found.written}` is shown as written", document.line(place)
            yield Problem(
                document.path, what, found.hint, field_of(place), line, Weight.WARNING, check="markdown-shown"
            )
