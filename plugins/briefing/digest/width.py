"""How wide text is in a fixed-width window, and where it may be broken."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS = 72

_SPACES = re.compile(r"[ \t\r\n]+")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|mailto:")
_JOINER = "\u200d"
_EMOJI_STYLE = "\ufe0f"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_NOT_FIRST = frozenset(
    "、。，．・：；？！゛゜ヽヾゝゞ々ー’”）〕］｝〉》」』】〟ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ…‥,.:;?!)]}%'\""
)  # noqa: RUF001
_NOT_LAST = frozenset("‘“（〔［｛〈《「『【〝([{$#")  # noqa: RUF001


def columns(text: str) -> int:
    """The columns a text takes: two for a wide character or an emoji, none for what is drawn onto another.

    Widths are those of Unicode's East Asian Width (UAX 11).
    """
    return len(text) if text.isascii() else sum(map(_cluster_columns, _clusters(text)))


def wrapped(text: str, first: str = "", rest: str = "", limit: int = COLUMNS) -> list[str]:
    """The text as lines of at most `limit` columns, the first beginning with `first`, the others with `rest`.

    An address is never broken, nor a word of a script that has spaces: such a line may be longer.
    Chinese and Japanese break between characters, but not before closing or after opening punctuation.
    """
    lines: list[str] = []
    line, width, empty = first, columns(first), True
    for word in filter(None, _SPACES.split(text)):
        gap = 0 if empty else 1
        for piece in _pieces(word):
            needed = columns(piece)
            if not empty and width + gap + needed > limit:
                lines.append(line)
                line, width, gap = rest, columns(rest), 0
            line += " " * gap + piece
            width += gap + needed
            gap, empty = 0, False
    return [*lines, line] if not empty else []


def _pieces(word: str) -> Iterator[str]:
    """The parts of a word between which a line may end."""
    if word.isascii() or _ADDRESS.search(word):
        yield word
        return
    piece = ""
    for cluster in _clusters(word):
        if piece and _may_break(piece[-1], cluster[0]):
            yield piece
            piece = ""
        piece += cluster
    yield piece


def _may_break(before: str, after: str) -> bool:
    return (_is_east(before) or _is_east(after)) and after not in _NOT_FIRST and before not in _NOT_LAST


def _is_east(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF" and unicodedata.category(char) not in {"So", "Sk"}


def _clusters(text: str) -> Iterator[str]:
    """Each character with all that is drawn onto or joined to it."""
    cluster = ""
    for char in text:
        if cluster and (_is_drawn_onto(char) or cluster[-1] == _JOINER):
            cluster += char
        else:
            if cluster:
                yield cluster
            cluster = char
    if cluster:
        yield cluster


def _is_drawn_onto(char: str) -> bool:
    return unicodedata.category(char) in {"Mn", "Me", "Cf"} or ord(char) in _SKIN_TONES


def _cluster_columns(cluster: str) -> int:
    base = cluster[0]
    if unicodedata.category(base) in {"Mn", "Me", "Cf", "Cc"}:
        return 0
    return 2 if unicodedata.east_asian_width(base) in "WF" or _EMOJI_STYLE in cluster else 1
