"""The width of text in a fixed-width font, and where its lines can break."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from wcwidth import iter_graphemes, width

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS = 72

_SPACES = re.compile(r"[ \t\r\n]+(?!\[\d+\])")  # a link's number stays on the line of its text
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|mailto:")
# Closing and opening punctuation, small kana, iteration and length marks (JIS X 4051, line starts and line ends).
_NOT_FIRST = frozenset(
    "\u3001\u3002\uff0c\uff0e\u30fb\uff1a\uff1b\uff1f\uff01\u3005\u30fc\u2026\u2025\u2019\u201d\uff09\u3015\uff3d\uff5d"
    "\u3009\u300b\u300d\u300f\u3011\u3041\u3043\u3045\u3047\u3049\u3063\u3083\u3085\u3087\u30a1\u30a3\u30a5\u30a7\u30a9"
    "\u30c3\u30e3\u30e5\u30e7 ,.:;?!)]}%'\""
)
_NOT_LAST = frozenset(" \u2018\u201c\uff08\u3014\uff3b\uff5b\u3008\u300a\u300c\u300e\u3010([{$#")


def columns(text: str) -> int:
    """The columns a text takes: two for a wide character or an emoji, none for a mark on another character (UAX 11)."""
    return len(text) if text.isascii() else width(text, control_codes="ignore")


def wrap(text: str, first: str = "", rest: str = "", limit: int = COLUMNS) -> list[str]:
    """Wrap a text into lines of at most `limit` columns, the first starting with `first`, the others with `rest`.

    Addresses and words of scripts with spaces are not broken: such a line can be longer. Chinese and Japanese break
    between characters, but not before closing or after opening punctuation.
    """
    lines: list[str] = []
    line, used, empty = first, columns(first), True
    for word in filter(None, _SPACES.split(text)):
        gap = 0 if empty else 1
        for piece in (word,) if word.isascii() else _pieces(word):
            needed = columns(f" {piece}") - 1  # a mark at the start of a word has a width after a space only
            if not empty and used + gap + needed > limit:
                lines.append(line)
                line, used, gap = rest, columns(rest), 0
            line += " " * gap + piece
            used += gap + needed
            gap, empty = 0, False
    return [*lines, line] if not empty else []


def _pieces(word: str) -> Iterator[str]:
    """The parts of a word between which a line can break."""
    if _ADDRESS.search(word):
        yield word
        return
    piece = ""
    for cluster in iter_graphemes(word):
        if piece and _may_break(piece[-1], cluster[0]):
            yield piece
            piece = ""
        piece += cluster
    yield piece


def _may_break(before: str, after: str) -> bool:
    return (_is_east(before) or _is_east(after)) and after not in _NOT_FIRST and before not in _NOT_LAST


def _is_east(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF" and unicodedata.category(char) not in {"So", "Sk"}
