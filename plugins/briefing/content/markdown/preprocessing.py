"""Markdown that the engine does not know, written in a way that it does; lines stay the same."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

from briefing.content.markdown.citations import cited
from briefing.content.markdown.emphasis import emphasised, has_east_asian
from briefing.content.markdown.inline import blocks


class Rewrite(NamedTuple):
    """Bytes that are rewritten: where they begin and end in the author's text, and in the preprocessed one."""

    begin: int
    end: int
    new_begin: int
    new_end: int


class Preprocessed(NamedTuple):
    """The preprocessed text, and how it was made. signs: the places of markers that only `preprocess` escaped."""

    markdown: str
    source: bytes
    edits: tuple[Rewrite, ...] = ()
    signs: frozenset[int] = frozenset()

    def written(self, begin: int, end: int) -> str:
        """What the author wrote between two places of the preprocessed text."""
        return self.source[self._place(begin) : self._place(end)].decode("utf-8", "ignore")

    def _place(self, place: int) -> int:
        number = bisect_right(self.edits, place, key=lambda edit: edit.new_begin)
        if not number:
            return place
        edit = self.edits[number - 1]
        return edit.end + place - edit.new_end if place >= edit.new_end else edit.begin


def needs_preprocessing(markdown: str) -> bool:
    """Whether a text may contain something that the engine does not know."""
    return "[^s" in markdown or has_east_asian(markdown)


def unchanged(markdown: str) -> Preprocessed:
    """A text that needs no preprocessing."""
    return Preprocessed(markdown, markdown.encode())


def preprocess(markdown: str) -> Preprocessed:
    """The text with short citations as links, and emphasis beside Chinese, Japanese and Korean text as tags."""
    source = markdown.encode()
    pieces: list[bytes] = []
    edits: list[Rewrite] = []
    signs = set[int]()
    last = size = 0
    for begin, end, new in sorted(
        edit for block in blocks(source) for edit in (*emphasised(block, source), *cited(block))
    ):
        pieces += [source[last:begin], new]
        size += begin - last + len(new)
        last = end
        edits.append(Rewrite(begin, end, size - len(new), size))
        if begin == end:
            signs.add(size)
    return Preprocessed(b"".join([*pieces, source[last:]]).decode(), source, tuple(edits), frozenset(signs))
