"""Markdown -> safe HTML, with its headings, its links and their lines.

CommonMark with tables, footnotes, strikethrough and task lists. `survey` reports everything that is not allowed, with its
line. Only a text without errors becomes HTML, which passes through an allow-list all the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pyromark

from briefing.content.markdown.citations import cited_source
from briefing.content.markdown.finished_html import (
    beside_another,
    in_feed,
    in_mail,
    on_page,
    on_site,
    with_sizes,
    without_dead_links,
)
from briefing.content.markdown.html_survey import MAX_DEPTH
from briefing.content.markdown.leftovers import in_plain_text
from briefing.content.markdown.link_targets import OUTWARD, destination
from briefing.content.markdown.preprocessing import needs_preprocessing, preprocess
from briefing.content.markdown.safe_html import OPTIONS, safe_html
from briefing.content.markdown.survey import survey
from briefing.content.markdown.text import Text
from briefing.content.markdown.word_count import count_words
from briefing.content.model import Body
from briefing.errors import Problem, errors_of

__all__ = [
    "MAX_DEPTH",
    "MAX_HTML",
    "OUTWARD",
    "Text",
    "beside_another",
    "cited_source",
    "count_words",
    "destination",
    "in_feed",
    "in_mail",
    "in_plain_text",
    "on_page",
    "on_site",
    "render",
    "survey",
    "with_sizes",
    "without_dead_links",
]

MAX_HTML: Final = 2 * 1024 * 1024
"""Maximum characters of a text's HTML: each `&` becomes five, and several pages and feeds contain the text."""


def render(text: Text) -> tuple[Body, list[Problem]]:
    """The text as HTML that is safe to show, and every problem in it.

    A text with errors has no HTML. `with_sizes` adds the sizes of pictures.
    """
    found = survey(text)
    if found.is_whole and needs_preprocessing(text.markdown) and (new := preprocess(text.markdown)).edits:
        text = replace(text, markdown=new.markdown)
        found = survey(text, new)
    if errors_of(found.problems):
        return Body(references=tuple(found.references), todos=tuple(found.todos)), found.problems
    made = pyromark.html(text.markdown, options=OPTIONS)
    if len(made) > MAX_HTML:
        what = f"becomes {len(made) // 1024:,} KB of HTML (the limit is {MAX_HTML // 1024:,} KB)"
        found.problems.append(Problem(text.path, what, "split the text", "body", text.first_line))
        return Body(references=tuple(found.references), todos=tuple(found.todos)), found.problems
    html = safe_html(made, text.file, found.headings)
    words = count_words("".join(found.text))
    body = Body(html, words, tuple(found.headings), tuple(found.references), tuple(found.todos))
    return body, found.problems
