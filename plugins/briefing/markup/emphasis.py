"""Emphasis beside Chinese, Japanese and Korean text, which CommonMark's rules leave as it is written.

`これは**「重要」**です` is bold to everyone who writes it, but CommonMark takes `**` between a letter and a bracket for
no end of anything (commonmark-spec, issue 650). Here a character of these scripts counts as a space would, as in the
proposal "markdown-cjk-friendly"; only blocks that have such a sign are read anew.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.markup.inline import Block, Delimiter

_TAGS: Final = {b"*": b"em", b"**": b"strong", b"~~": b"del"}


def emphasised(block: Block, source: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The signs of a block to be replaced by tags: where each begins and ends, and the tag."""
    runs = block.delimiters
    beside = [_neighbours(run, source) for run in runs]
    is_concerned = any(
        (run.is_shown or block.is_nested) and any(map(is_east_asian, chars))
        for run, chars in zip(runs, beside, strict=True)
    )
    if not is_concerned or not _are_plain(runs):
        return
    pairs = list(_pairs(runs, beside))
    if block.is_nested or any(run.is_shown for pair in pairs for run in pair):
        for opening, closing in pairs:
            tag = _TAGS[opening.sign]
            yield opening.start, opening.start + len(opening.sign), b"<%b>" % tag
            yield closing.start, closing.start + len(closing.sign), b"</%b>" % tag


def is_east_asian(char: str) -> bool:
    """Whether a character is Chinese, Japanese or Korean, punctuation and full-width forms included (UAX 11)."""
    return unicodedata.east_asian_width(char or " ") in "WFH" and unicodedata.category(char) not in {"So", "Sk"}


def _are_plain(runs: list[Delimiter]) -> bool:
    """Whether every run is one of the signs, and none touches another: `***` may be read in several ways."""
    touching = any(left.start + len(left.sign) == right.start for left, right in pairwise(runs))
    return not touching and all(run.sign in _TAGS for run in runs)


def _pairs(runs: list[Delimiter], beside: list[tuple[str, str]]) -> Iterator[tuple[Delimiter, Delimiter]]:
    waiting: list[Delimiter] = []
    count = Counter[tuple[bytes, tuple[str, ...]]]()
    for run, (before, after) in zip(runs, beside, strict=True):
        key = run.sign, run.within
        if count[key] and _flanks(before, after):
            while ((opening := waiting.pop()).sign, opening.within) != key:
                count[opening.sign, opening.within] -= 1  # what stands between the two is no emphasis
            count[key] -= 1
            yield opening, run
        elif _flanks(after, before):
            waiting.append(run)
            count[key] += 1


def _flanks(inner: str, outer: str) -> bool:
    """Whether a sign between two characters belongs to the inner one (CommonMark 0.31, section 6.2)."""
    if _is_space(inner):
        return False
    return not _is_punctuation(inner) or _is_space(outer) or _is_punctuation(outer) or is_east_asian(outer)


def _is_space(char: str) -> bool:
    return not char or char.isspace()


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS" and not is_east_asian(char)


def _neighbours(run: Delimiter, source: bytes) -> tuple[str, str]:
    end = run.start + len(run.sign)
    before = source[max(0, run.start - 4) : run.start].decode("utf-8", "ignore")
    return before[-1:], source[end : end + 4].decode("utf-8", "ignore")[:1]
