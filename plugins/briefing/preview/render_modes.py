"""A digest's HTML as different mail programs would show it: pure functions, HTML to HTML.

Each edits the text in place. What it does not concern stays byte for byte, so that what is seen is what is sent.
"""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    Attributes = dict[str, str]
    Attribute = Callable[["HtmlTag", str, str], str | None]
    Style = Callable[[str], str]

Scheme = Literal["light", "dark"]

_ATTRIBUTE: Final = re.compile(r"""\s*([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'=<>`]+))?""")
_PREFERS: Final = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE)
_SCHEMES: Final = re.compile(r"(?<![\w-])(color-scheme\s*:\s*)([^;}!]+)", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"url\(\s*(?:\"[^\"]*\"|'[^']*'|[^)]*)\s*\)", re.IGNORECASE)
_HEAD: Final = re.compile(r"<head(?:\s[^>]*)?>", re.IGNORECASE)
_TRUE: Final = "(min-width: 0px)"
_FALSE: Final = "(max-width: -1px)"
_PICTURES: Final = {"src", "srcset", "background", "poster"}
_ADDRESSES: Final = _PICTURES | {"href"}


class HtmlTag(NamedTuple):
    """A start tag: its name, and its attributes with character references resolved."""

    name: str
    attributes: Attributes


def in_scheme(html: str, scheme: Scheme) -> str:
    """The page as a reader sees it whose system prefers this colour scheme, whatever the viewer's own prefers.

    A condition on the preference is decided where it stands, so order and further conditions keep their meaning
    (Media Queries Level 5, section 11.4). A page that says it has both schemes is told to use this one.
    """

    def decided(condition: str) -> str:
        return _PREFERS.sub(lambda found: _TRUE if found[1].lower() == scheme else _FALSE, condition)

    def chosen(schemes: str) -> str:
        return scheme if {"light", "dark"} <= {*schemes.lower().split()} else schemes

    def style(css: str) -> str:
        return _SCHEMES.sub(lambda found: found[1] + chosen(found[2]), decided(css))

    def attribute(tag: HtmlTag, name: str, value: str) -> str:
        if name == "media":
            return decided(value)
        names = {"color-scheme", "supported-color-schemes"}
        if tag.name == "meta" and name == "content" and tag.attributes.get("name", "").lower() in names:
            return chosen(value)
        return style(value) if name == "style" else value

    return _rewritten(html, attribute, style)


def without_pictures(html: str) -> str:
    """The page as a mail program shows it that loads no pictures: their alternative texts in their place."""

    def style(css: str) -> str:
        return _ADDRESS.sub("none", css)

    def attribute(_: HtmlTag, name: str, value: str) -> str | None:
        if name in _PICTURES:
            return None
        return style(value) if name == "style" else value

    return _rewritten(html, attribute, style)


def at_preview(html: str, site: str) -> str:
    """The page with the addresses of the site at `site` (absolute, no slash behind it) on the host that shows it.

    Links open outside the frame.
    """
    prefix = f"{site}/"

    def moved(value: str) -> str:
        return "/" + value[len(prefix) :] if value.startswith(prefix) else value

    def style(css: str) -> str:
        return _ADDRESS.sub(lambda found: found[0].replace(prefix, "/"), css)

    def attribute(_: HtmlTag, name: str, value: str) -> str:
        if name == "srcset":
            return value.replace(prefix, "/")
        if name in _ADDRESSES:
            return moved(value)
        return style(value) if name == "style" else value

    return _HEAD.sub(r'\g<0><base target="_blank">', _rewritten(html, attribute, style) if site else html, count=1)


def _rewritten(html: str, attribute: Attribute, style: Style) -> str:
    """The page with every attribute's value and every style sheet as these say; None drops an attribute."""
    found = _Places(html)
    parts, end = [], 0
    for start, stop, tag in found.places:
        parts.append(html[end:start])
        text = html[start:stop]
        parts.append(style(text) if tag is None else _retagged(text, tag, attribute))
        end = stop
    return "".join([*parts, html[end:]])


def _retagged(text: str, tag: HtmlTag, attribute: Attribute) -> str:
    def again(found: re.Match[str]) -> str:
        name = found[1].lower()
        value = tag.attributes.get(name, "")
        new = attribute(tag, name, value)
        if new is None:
            return ""
        return found[0] if new == value else f' {found[1]}="{escape(new)}"'

    opening = len(tag.name) + 1
    return text[:opening] + _ATTRIBUTE.sub(again, text[opening:])


class _Places(HTMLParser):
    """Where start tags and style sheets stand in a page, in order; a style sheet has no tag."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.places: list[tuple[int, int, HtmlTag | None]] = []
        self._lines = [0, *(match.end() for match in re.finditer("\n", html))]
        self._sheet: int | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start = self._offset()
        stop = start + len(self.get_starttag_text() or "")
        # The first of two attributes of one name counts (WHATWG HTML, section 13.2.5.33).
        self.places.append((start, stop, HtmlTag(tag, {name: value or "" for name, value in reversed(attrs)})))
        self._sheet = stop if tag == "style" else None

    def handle_endtag(self, tag: str) -> None:
        if tag == "style" and self._sheet is not None:
            self.places.append((self._sheet, self._offset(), None))
        self._sheet = None

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column
