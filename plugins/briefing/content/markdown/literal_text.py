"""The words of a block as written, collected piece by piece, to find the markers that Markdown left in them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from briefing.content.markdown.leftovers import left_over

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from briefing.content.markdown.leftovers import Leftover
    from briefing.content.markdown.preprocessing import Preprocessed

SIGNS: Final = re.compile(r"[*_~\[]")


class LiteralText:
    """The block being read: `add` its pieces in order, then read its `leftovers`."""

    def __init__(self, text: Preprocessed) -> None:
        """text: to which all places refer, in bytes of UTF-8. Leftovers are quoted as its author wrote them."""
        self._text = text
        self._source = b""
        self._pieces: list[tuple[str, int]] = []
        self._places: list[int] = []  # where each piece ends
        self._end = 0

    def add(self, text: str, start: int, end: int) -> None:
        """Take a piece of text. What is escaped or written as an entity is meant to be shown."""
        if SIGNS.search(text):
            if len(text.encode()) != end - start:
                text = "\0" * len(text)
            elif start != self._end and SIGNS.match(text) and self._is_escaped(start):
                text = f"\0{text[1:]}"
        self._add(text, start, end)
        self._end = end

    def add_code(self, start: int, end: int) -> None:
        """Take code or an address, in which Markdown is meant to be shown."""
        self._add("\0", start, end)

    def add_break(self, start: int, end: int) -> None:
        """Take the end of a line."""
        self._add("\n", start, end)

    def clear(self) -> None:
        """Begin a block."""
        self._pieces, self._places = [], []

    def leftovers(self) -> Iterator[tuple[int, Leftover]]:
        """The leftovers of the block, each with its place; begins the next block."""
        pieces, places = self._pieces, self._places
        self.clear()
        text = "".join(piece for piece, _ in pieces)
        if SIGNS.search(text):
            yield from located(left_over(text, self._quoting(pieces, places)), pieces)

    def _add(self, text: str, start: int, end: int) -> None:
        self._pieces.append((text, start))
        self._places.append(end)

    def _is_escaped(self, place: int) -> bool:
        self._source = self._source or self._text.markdown.encode()
        return self._source[place - 1 : place] == b"\\" and place not in self._text.signs

    def _quoting(self, pieces: list[tuple[str, int]], places: list[int]) -> Callable[[int, int], str]:
        """A function that quotes the author between two places in the text of the pieces."""
        ends = list(accumulate(len(piece) for piece, _ in pieces))

        def quoted(begin: int, end: int) -> str:
            first, last = bisect_right(ends, begin), bisect_left(ends, end)
            (text, start), (last_text, last_start) = pieces[first], pieces[last]
            from_ = start + len(text[: begin - ends[first] + len(text)].encode())
            kept = last_text[: end - ends[last] + len(last_text)]
            to = places[last] if kept == last_text else last_start + len(kept.encode())
            return self._text.written(from_, to)

        return quoted


def located(found: Iterable[Leftover], pieces: list[tuple[str, int]]) -> Iterator[tuple[int, Leftover]]:
    """The leftovers in the text of pieces, each with the place of the piece in which it begins."""
    ends: list[int] = []
    for shown in found:
        ends = ends or list(accumulate(len(piece) for piece, _ in pieces))
        yield pieces[bisect_right(ends, shown.place)][1], shown
