"""HTML as a tree of elements with their positions in the text, and its unbalanced tags."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

VOID: Final = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
_SPACES = re.compile(r"[\s\u034f\u200c\u00ad]+")
_INLINE = frozenset({"a", "abbr", "b", "code", "del", "em", "i", "mark", "small", "span", "strong", "sub", "sup", "u"})
_UNSEEN = frozenset({"head", "style", "script", "title", "template"})


@dataclass(eq=False, slots=True)
class Element:
    """An element; `start` and `end` are offsets in the page's text, `line` counts from 1.

    It has what cssselect2 needs of ElementTree's elements: `tag`, `attrib`, `get`, `text` and iteration over children.
    """

    tag: str
    attributes: dict[str, str]
    parent: Element | None
    line: int
    start: int
    end: int = 0
    children: list[Element | str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Element]:
        """Its child elements."""
        return (child for child in self.children if isinstance(child, Element))

    @property
    def attrib(self) -> dict[str, str]:
        """Its attributes."""
        return self.attributes

    def get(self, name: str, default: str = "") -> str:
        """An attribute's value, "" if it is missing."""
        return self.attributes.get(name, default)

    @property
    def classes(self) -> frozenset[str]:
        """Its class names."""
        return frozenset(self.get("class").split())

    def within(self) -> Iterator[Element]:
        """Itself and every element in it, in the order of the text."""
        yield self
        for child in self:
            yield from child.within()

    def above(self) -> Iterator[Element]:
        """Itself and every element around it, innermost first."""
        element: Element | None = self
        while element is not None:
            yield element
            element = element.parent

    @property
    def text(self) -> str:
        """Its text, in one line, with the alternative texts of pictures."""
        return _SPACES.sub(" ", "".join(_texts(self))).strip()


@dataclass(frozen=True, slots=True)
class HtmlTree:
    """A page as a tree. `faults` are unbalanced tags: the line and what is wrong."""

    html: str
    root: Element
    elements: tuple[Element, ...]
    comments: tuple[str, ...]
    doctype: str
    faults: tuple[tuple[int, str], ...]

    def all(self, *tags: str) -> list[Element]:
        """Its elements with these names, in order."""
        return [element for element in self.elements if element.tag in tags]


def _texts(element: Element) -> Iterator[str]:
    if element.tag == "img":
        yield element.get("alt")
    for child in element.children:
        if isinstance(child, str):
            yield child
        elif child.tag not in _UNSEEN:
            yield from _texts(child)
            yield "" if child.tag in _INLINE else " "


def read_page(html: str) -> HtmlTree:
    """Parse any text as HTML."""
    reader = _TreeReader(html)
    reader.feed(html)
    reader.close()
    reader.end(len(html))
    elements = tuple(reader.root.within())[1:]
    return HtmlTree(html, reader.root, elements, tuple(reader.comments), reader.doctype, tuple(reader.faults))


class _TreeReader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {}, None, 1, 0)
        self.comments: list[str] = []
        self.doctype = ""
        self.faults: list[tuple[int, str]] = []
        self._open = [self.root]
        self._lines = [0, *(found.end() for found in re.finditer("\n", html))]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        line, place = self._place()
        values = {name: value or "" for name, value in reversed(attrs)}
        parent = self._open[-1]
        element = Element(tag, values, parent, line, place, place + len(self.get_starttag_text() or ""))
        parent.children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.faults.append((self.getpos()[0], f"<{tag}/> cannot be self-closing"))

    def handle_endtag(self, tag: str) -> None:
        line, place = self._place()
        if tag in VOID:
            self.faults.append((line, f"</{tag}> has no opening tag"))
            return
        if not any(element.tag == tag for element in self._open):
            self.faults.append((line, f"</{tag}> has no opening tag"))
            return
        while self._open[-1].tag != tag:
            self._left_open(place)
        self._open.pop().end = place + len(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_decl(self, decl: str) -> None:
        self.doctype = self.doctype or decl

    def end(self, place: int) -> None:
        """Close the elements that are still open."""
        while len(self._open) > 1:
            self._left_open(place)
        self.root.end = place

    def _left_open(self, place: int) -> None:
        element = self._open.pop()
        element.end = place
        self.faults.append((element.line, f"<{element.tag}> is not closed"))

    def _place(self) -> tuple[int, int]:
        line, column = self.getpos()
        return line, self._lines[line - 1] + column
