"""A Markdown text in which what its engine does not know is written in ways that it does; the lines stay the same."""

from __future__ import annotations

from briefing.markup.citations import cited
from briefing.markup.emphasis import emphasised
from briefing.markup.inline import blocks


def settled(markdown: str) -> str:
    """The text with short citations as links, and emphasis beside Chinese, Japanese and Korean text as tags."""
    source = markdown.encode()
    edits = [edit for block in blocks(source) for edit in (*emphasised(block, source), *cited(block))]
    pieces, last = [], 0
    for start, end, written in sorted(edits):
        pieces += [source[last:start], written]
        last = end
    return b"".join([*pieces, source[last:]]).decode()
