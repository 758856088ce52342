"""HTML in Markdown, parsed so strictly that every browser reads it in the same way."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from html.entities import html5
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME: Final = r"[a-zA-Z_:][-\w:.]*+"
_VALUE: Final = r"(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'=<>`]++)"
_ATTRIBUTE: Final = re.compile(rf"({_NAME})(?:\s*+=\s*+({_VALUE}))?", re.ASCII)
_TOKEN: Final = re.compile(
    r"(?P<text>[^<]++)"
    r"|(?P<comment><!--(?!-?>)(?:(?!--!?>|<!--).)*+-->)"
    rf"|<(?P<closing>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*+)(?P<attributes>(?:\s++{_NAME}(?:\s*+=\s*+{_VALUE})?+)*+)\s*+/?>",
    re.ASCII | re.DOTALL,
)
_NUMERIC: Final = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,6})|([0-9]{1,7}))(?![0-9a-fA-F]);?")
_REFERENCE: Final = re.compile(r"&(?:(?P<number>#[xX]?[0-9a-fA-F]++;?)|(?P<name>[a-zA-Z][a-zA-Z0-9]*+(?:;|(?!=))))")
_UNSEEN: Final = frozenset({0x7F, 0xFFFE, 0xFFFF})
_VOID: Final = frozenset({"br", "hr", "img"})
_OPTIONAL_END = "p li dt dd tr td th thead tbody tfoot"
_MAY_STAY_OPEN: Final = frozenset(_OPTIONAL_END.split())
_OF_A_LINE = "a abbr b cite code del dfn em i ins kbd mark q s samp small span strong sub sup u var"
_WITHIN_WORDS: Final = frozenset(_OF_A_LINE.split())


@dataclass(frozen=True, slots=True)
class RawTag:
    """A tag, its attributes with decoded values, and where it begins."""

    name: str
    closes: bool
    attributes: tuple[tuple[str, str], ...]
    place: int

    @property
    def parts_words(self) -> bool:
        """Whether it separates words."""
        return self.name not in _WITHIN_WORDS


@dataclass(frozen=True, slots=True)
class Stray:
    """A `<` that begins neither a tag nor a comment; the rest was not read."""

    place: int


@dataclass(frozen=True, slots=True)
class Words:
    """A text between tags, with decoded entities, and where it begins."""

    text: str
    place: int


def tokens(html: str) -> Iterator[RawTag | Stray | Words]:
    """The tags of a piece of HTML and the texts between them, without comments."""
    place = 0
    while place < len(html):
        match = _TOKEN.match(html, place)
        if match is None:
            yield Stray(place)
            return
        if match["text"]:
            yield Words(_meant(match["text"]), place)
        elif match["name"]:
            found = _ATTRIBUTE.finditer(match["attributes"])
            attributes = tuple((one[1].lower(), _meant_in_attribute(_bare(one[2] or ""))) for one in found)
            yield RawTag(match["name"].lower(), bool(match["closing"]), attributes, place)
        place = match.end()


def _meant(text: str) -> str:
    """The text with decoded entities, including those that browsers decode and Python does not."""
    return unescape(_NUMERIC.sub(_control, text)) if "&" in text else text


def _meant_in_attribute(text: str) -> str:
    """An attribute's value with decoded entities. One without `;` is not decoded before `=`, a letter or a digit.

    So `?a=1&region=x` keeps its `&reg` (HTML, section 13.2.5.73), unlike in text.
    """
    return _REFERENCE.sub(_resolved, text) if "&" in text else text


def _resolved(match: re.Match[str]) -> str:
    return _meant(match[0]) if match["number"] or match["name"] in html5 else match[0]


def _control(match: re.Match[str]) -> str:
    number = int(match[1], 16) if match[1] else int(match[2])
    return chr(number) if number < ord(" ") or number in _UNSEEN else match[0]


def _bare(value: str) -> str:
    return value[1:-1] if value[:1] in {'"', "'"} else value


@dataclass(slots=True)
class OpenTags:
    """The elements that are open, the outermost first. Those whose end tag is optional in HTML end by themselves."""

    names: list[str] = field(default_factory=list)

    def take(self, tag: RawTag) -> str:
        """Open or close an element. Returns what is wrong, or ""."""
        if tag.closes:
            return self._close(tag.name)
        if tag.name in _MAY_STAY_OPEN:
            self._end_implied(tag.name)
        if tag.name not in _VOID:
            self.names.append(tag.name)
        return ""

    def left_open(self) -> list[str]:
        """The elements that must be closed and are not."""
        return [name for name in self.names if name not in _MAY_STAY_OPEN]

    def _close(self, name: str) -> str:
        if name not in self.names:
            return f"`</{name}>` has no opening tag"
        while (last := self.names.pop()) != name:
            if last not in _MAY_STAY_OPEN:
                self.names.append(last)
                return f"`</{name}>` comes before `</{last}>`"
        return ""

    def _end_implied(self, name: str) -> None:
        for above in range(len(self.names), 0, -1):
            if self.names[above - 1] not in _MAY_STAY_OPEN:
                return
            if self.names[above - 1] == name:
                del self.names[above - 1 :]
                return
