"""The source of a Markdown text, block by block: which bytes are shown as written, and where emphasis begins and ends."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pyromark

from briefing.content.markdown.safe_html import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKERS: Final = {"Emphasis": b"*", "Strong": b"**", "Strikethrough": b"~~"}
_WITHIN_LINES: Final = frozenset({*_MARKERS, "Link", "Image"})
_BARE: Final = frozenset({"Autolink", "Email"})
_NO_WORDS: Final = ("Image ", "Autolink ")
_RUN: Final = re.compile(rb"\*+|~~+")
_RAW_TAG: Final = re.compile(r"<(/?)(?!(?:br|img)\b)[a-z]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Delimiter:
    """A run of `*`, `**` or `~~`: where its bytes begin, and which links and tags contain it."""

    sign: bytes
    start: int
    within: tuple[str, ...]


class Span(NamedTuple):
    """An emphasis: its marker, and where the opening and the closing one begin."""

    sign: bytes
    opening: int
    closing: int


@dataclass(slots=True)
class Stretch:
    """Bytes that are shown as written; those of escaped characters and entities are NUL."""

    start: int
    text: bytearray
    within: tuple[str, ...]

    @property
    def runs(self) -> Iterator[Delimiter]:
        """The markers of emphasis in it."""
        return (Delimiter(bytes(run[0]), self.start + run.start(), self.within) for run in _RUN.finditer(self.text))


@dataclass(slots=True)
class Block:
    """A paragraph, a heading, a cell. spans: its emphasis as the engine reads it. emphasis: the markers of that."""

    stretches: list[Stretch] = field(default_factory=list)
    emphasis: list[Delimiter] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)

    @property
    def delimiters(self) -> list[Delimiter]:
        """Every run of markers, whether the engine read it as emphasis or shows it."""
        shown = [run for stretch in self.stretches for run in stretch.runs]
        return sorted([*self.emphasis, *shown], key=lambda run: run.start)


def blocks(source: bytes) -> Iterator[Block]:
    """The blocks of a text that contain words, without code and the alternative texts of pictures."""
    walk = _BlockWalk(source)
    for event, place in pyromark.events_with_range(source.decode(), options=OPTIONS):
        kind: str
        value: Any
        kind, value = (event, "") if isinstance(event, str) else next(iter(event.items()))
        if kind in {"Start", "End"}:
            name = value if isinstance(value, str) else next(iter(value))
            if name not in _WITHIN_LINES:
                yield walk.block
                walk.begin(is_code=kind == "Start" and name == "CodeBlock")
            elif kind == "Start":
                is_bare = name == "Link" and value[name]["link_type"] in _BARE
                walk.open("Autolink" if is_bare else name, place["start"], place["end"])
            else:
                walk.close()
        else:
            walk.take(kind, value, place["start"], place["end"])
    yield walk.block


class _BlockWalk:
    def __init__(self, source: bytes) -> None:
        self.block = Block()
        self._source = source
        self._within: list[str] = []
        self._open: list[bool] = []  # for each inline element: is its emphasis that of _MARKERS?
        self._is_code = False

    def begin(self, *, is_code: bool) -> None:
        self.block, self._is_code = Block(), is_code
        self._within.clear()
        self._open.clear()

    def open(self, name: str, start: int, end: int) -> None:
        sign = _MARKERS.get(name, b"")
        is_own = bool(sign) and self._source.startswith(sign, start)
        self._open.append(is_own)
        if is_own:
            within = tuple(self._within)
            span = Span(sign, start, end - len(sign))
            self.block.spans.append(span)
            self.block.emphasis += [Delimiter(sign, place, within) for place in span[1:]]
        else:
            self._within.append(f"{name} {start}")

    def close(self) -> None:
        if not self._open.pop() and self._within:
            self._within.pop()

    def take(self, kind: str, value: str, start: int, end: int) -> None:
        if kind == "InlineHtml":
            tag = _RAW_TAG.match(value)
            if tag and not tag[1]:
                self._within.append(f"tag {start}")
            elif tag and self._within and self._within[-1].startswith("tag "):
                self._within.pop()
        elif kind == "Text" and not self._is_code and not any(name.startswith(_NO_WORDS) for name in self._within):
            self._shown(value.encode(), start, end)

    def _shown(self, text: bytes, start: int, end: int) -> None:
        stretches, within = self.block.stretches, tuple(self._within)
        last = stretches[-1] if stretches else None
        follows = last is not None and last.start + len(last.text) == start
        if text != self._source[start:end]:
            text = b"\0" * (end - start)
        elif not follows and self._source[start - 1 : start] == b"\\":
            text = b"\0" + text[1:]
        if last is not None and follows and last.within == within:
            last.text += text
        else:
            stretches.append(Stretch(start, bytearray(text), within))
