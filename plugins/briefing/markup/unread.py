"""The words of a block as they were written, collected piece by piece, to see what Markdown left in them."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from briefing.markup.shown import left_over

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from briefing.markup.shown import Shown

SIGNS: Final = re.compile(r"[*_~\[]")
_UNSETTLED: Final = re.compile(r"\[\^s[1-9]|[*~](?=[^\x00-\x7f])|(?<=[^\x00-\x7f])[*~]")


class Unread:
    """The block being read: `add` its pieces in order, then ask what is `left`.

    is_unsettled: any block until now may contain what `settled` has to write differently before it is understood.
    """

    def __init__(self, markdown: str) -> None:
        """`markdown` is the text in which all places are, in UTF-8 octets."""
        self.is_unsettled = False
        self._markdown = markdown
        self._source = b""
        self._pieces: list[tuple[str, int]] = []
        self._end = 0

    def add(self, text: str, start: int, end: int) -> None:
        """A piece of text from one place to another. What was escaped or written as an entity is meant to be shown."""
        if SIGNS.search(text):
            if len(text.encode()) != end - start:
                text = "\0" * len(text)
            elif start != self._end and SIGNS.match(text) and self._octet_before(start) == b"\\":
                text = f"\0{text[1:]}"
        self._pieces.append((text, start))
        self._end = end

    def add_code(self, place: int) -> None:
        """A piece of code, in which what looks like Markdown is meant."""
        self._pieces.append(("\0", place))

    def add_break(self, place: int) -> None:
        """The end of a line."""
        self._pieces.append(("\n", place))

    def clear(self) -> None:
        """Begin a block."""
        self._pieces = []

    def left(self) -> Iterator[tuple[int, Shown]]:
        """What Markdown left in the block, with its places; the next block begins."""
        pieces, self._pieces = self._pieces, []
        text = "".join(piece for piece, _ in pieces)
        if SIGNS.search(text):
            self.is_unsettled |= bool(_UNSETTLED.search(text))
            yield from located(left_over(text), pieces)

    def _octet_before(self, place: int) -> bytes:
        self._source = self._source or self._markdown.encode()
        return self._source[place - 1 : place]


def located(found: Iterable[Shown], pieces: list[tuple[str, int]]) -> Iterator[tuple[int, Shown]]:
    """What was found in the pieces' text, with the place of the piece in which it begins."""
    ends: list[int] = []
    for shown in found:
        ends = ends or list(accumulate(len(piece) for piece, _ in pieces))
        yield pieces[bisect_right(ends, shown.place)][1], shown
