"""Emphasis beside Chinese, Japanese and Korean text, which CommonMark does not recognise.

Authors mean `これは**「重要」**です` to be bold, but in CommonMark `**` between a letter and a bracket does not end
emphasis (commonmark-spec, issue 650). Here a character of these scripts counts like a space, as in the proposal
"markdown-cjk-friendly"; everything else is CommonMark 0.31, section 6.2. Only blocks with such a marker are read again.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from briefing.content.markdown.inline import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from briefing.content.markdown.inline import Block, Delimiter

_TAGS: Final = {b"*": b"em", b"**": b"strong", b"~~": b"del"}
_STRONG: Final = 2
_BESIDE: Final = re.compile(r"[^\x00-\x7f](?=[*~])|(?<=[*~])[^\x00-\x7f]")
_VARIANT: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]+$")  # variation selectors
_FAR: Final = 16  # bytes, enough for a character and its variation selector


@dataclass(slots=True)
class _MarkerRun:
    """Markers without a gap; those from `begin` to `end` are not used yet."""

    begin: int
    end: int
    sign: bytes
    length: int
    opens: bool
    closes: bool


def has_east_asian(markdown: str) -> bool:
    """Whether a marker is beside a Chinese, Japanese or Korean character."""
    return any(is_east_asian(found[0]) or _VARIANT.match(found[0]) for found in _BESIDE.finditer(markdown))


def emphasised(block: Block, source: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The markers of a block to replace: where each begins and ends, and what to write there.

    A pair becomes tags. The others are escaped, since tags beside them would change their meaning.
    """
    runs = _joined(block.delimiters)
    beside = [_neighbours(begin, end, source) for begin, end, _ in runs]
    if not any(is_east_asian(char) for chars in beside for char in chars):
        return
    by_place: dict[tuple[str, ...], list[_MarkerRun]] = {}
    for (begin, end, within), (before, after) in zip(runs, beside, strict=True):
        sign = source[begin : begin + 1]
        run = _MarkerRun(begin, end, sign, end - begin, _flanks(after, before), _flanks(before, after))
        by_place.setdefault(within, []).append(run)
    spans = [span for group in by_place.values() for span in _pairs(group)]
    if {*spans} == {*block.spans}:
        return
    used = set[int]()
    for sign, opening, closing in spans:
        yield opening, opening + len(sign), b"<%b>" % _TAGS[sign]
        yield closing, closing + len(sign), b"</%b>" % _TAGS[sign]
        used.update(range(opening, opening + len(sign)), range(closing, closing + len(sign)))
    for begin, end, _ in runs:
        yield from ((place, place, b"\\") for place in range(begin, end) if place not in used)


def is_east_asian(char: str) -> bool:
    """Whether a character is Chinese, Japanese or Korean, punctuation and full-width forms included (UAX 11)."""
    return unicodedata.east_asian_width(char or " ") in "WFH" and unicodedata.category(char) not in {"So", "Sk"}


def _joined(delimiters: Iterable[Delimiter]) -> list[tuple[int, int, tuple[str, ...]]]:
    """The runs of markers, joined if the engine split them: where each begins and ends, and what contains it."""
    runs: list[tuple[int, int, tuple[str, ...]]] = []
    for (_, within), group in groupby(delimiters, key=lambda one: (one.sign[:1], one.within)):
        last = -1
        for one in group:
            end = one.start + len(one.sign)
            if one.start == last:
                runs[-1] = runs[-1][0], end, within
            else:
                runs.append((one.start, end, within))
            last = end
    return runs


def _pairs(runs: list[_MarkerRun]) -> Iterator[Span]:
    """The algorithm "process emphasis" of CommonMark, and of GitHub for `~~`."""
    waiting: list[_MarkerRun] = []
    bottoms: dict[tuple[bytes, bool, int], int] = {}  # below which there is no partner, so that no search is repeated
    for run in runs:
        kind = run.sign, run.opens, run.length % 3 if run.sign == b"*" else run.length
        while run.closes and run.begin < run.end:
            bottom = min(bottoms.get(kind, 0), len(waiting))
            place = next((n for n in range(len(waiting) - 1, bottom - 1, -1) if _belong(waiting[n], run)), None)
            if place is None:
                bottoms[kind] = len(waiting)
                break
            opening = waiting[place]
            del waiting[place + 1 :]  # nothing between the two is emphasis
            size = min(_STRONG, opening.end - opening.begin, run.end - run.begin)
            opening.end -= size
            yield Span(opening.sign * size, opening.end, run.begin)
            run.begin += size
            if opening.begin == opening.end:
                waiting.pop()
        if run.opens and run.begin < run.end:
            waiting.append(run)


def _belong(opening: _MarkerRun, closing: _MarkerRun) -> bool:
    """Whether two runs may be the ends of one emphasis: `*` by the rule of 3, `~` with two on each side."""
    if opening.sign != closing.sign:
        return False
    if opening.sign == b"~":
        return opening.length == closing.length == _STRONG
    is_threes = opening.length % 3 == 0 and closing.length % 3 == 0
    return is_threes or not (opening.closes or closing.opens) or (opening.length + closing.length) % 3 != 0


def _flanks(inner: str, outer: str) -> bool:
    """Whether a marker between two characters belongs to the inner one (CommonMark 0.31, section 6.2)."""
    if _is_space(inner):
        return False
    return not _is_punctuation(inner) or _is_space(outer) or _is_punctuation(outer) or is_east_asian(outer)


def _is_space(char: str) -> bool:
    return not char or char.isspace()


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS" and not is_east_asian(char)


def _neighbours(begin: int, end: int, source: bytes) -> tuple[str, str]:
    before = source[max(0, begin - _FAR) : begin].decode("utf-8", "ignore")
    return _VARIANT.sub("", before)[-1:], source[end : end + 4].decode("utf-8", "ignore")[:1]
