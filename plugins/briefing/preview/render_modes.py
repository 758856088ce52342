"""Rewrite a digest's HTML as different mail programs show it. Pure.

Everything else stays the same, byte for byte, so that the preview shows what is sent.
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
_CSS_URL: Final = re.compile(r"url\(\s*(?:\"[^\"]*\"|'[^']*'|[^)]*)\s*\)", re.IGNORECASE)
_HEAD: Final = re.compile(r"<head(?:\s[^>]*)?>", re.IGNORECASE)
_TRUE: Final = "(min-width: 0px)"
_FALSE: Final = "(max-width: -1px)"
_IMAGE_ATTRIBUTES: Final = {"src", "srcset", "background", "poster"}
_URL_ATTRIBUTES: Final = _IMAGE_ATTRIBUTES | {"href"}


class HtmlTag(NamedTuple):
    """A start tag: its name, and its attributes with resolved character references."""

    name: str
    attributes: Attributes


def with_color_scheme(html: str, scheme: Scheme) -> str:
    """Return the page as readers with this color scheme see it, whatever the scheme of the machine that shows it.

    Each media query for the scheme is replaced by one that is always true or false, in place, so that order and other
    conditions keep their meaning (Media Queries Level 5, section 11.4). A page that supports both schemes gets only this
    one.
    """

    def evaluated(condition: str) -> str:
        return _PREFERS.sub(lambda found: _TRUE if found[1].lower() == scheme else _FALSE, condition)

    def chosen(schemes: str) -> str:
        return scheme if {"light", "dark"} <= {*schemes.lower().split()} else schemes

    def style(css: str) -> str:
        return _SCHEMES.sub(lambda found: found[1] + chosen(found[2]), evaluated(css))

    def attribute(tag: HtmlTag, name: str, value: str) -> str:
        if name == "media":
            return evaluated(value)
        names = {"color-scheme", "supported-color-schemes"}
        if tag.name == "meta" and name == "content" and tag.attributes.get("name", "").lower() in names:
            return chosen(value)
        return style(value) if name == "style" else value

    return _rewritten(html, attribute, style)


def without_images(html: str) -> str:
    """Return the page as a mail program shows it if it loads no images: with their alternative texts."""

    def style(css: str) -> str:
        return _CSS_URL.sub("none", css)

    def attribute(_: HtmlTag, name: str, value: str) -> str | None:
        if name in _IMAGE_ATTRIBUTES:
            return None
        return style(value) if name == "style" else value

    return _rewritten(html, attribute, style)


def with_preview_urls(html: str, site: str) -> str:
    """Return the page with the addresses of the site at `site` replaced by those in the preview.

    site: absolute, without a slash at the end. Links open outside the frame.
    """
    prefix = f"{site}/"

    def moved(value: str) -> str:
        return "/" + value[len(prefix) :] if value.startswith(prefix) else value

    def style(css: str) -> str:
        return _CSS_URL.sub(lambda found: found[0].replace(prefix, "/"), css)

    def attribute(_: HtmlTag, name: str, value: str) -> str:
        if name == "srcset":
            return value.replace(prefix, "/")
        if name in _URL_ATTRIBUTES:
            return moved(value)
        return style(value) if name == "style" else value

    return _HEAD.sub(r'\g<0><base target="_blank">', _rewritten(html, attribute, style) if site else html, count=1)


def _rewritten(html: str, attribute: Attribute, style: Style) -> str:
    """Return the page with the results of these functions for attributes and style sheets; None drops an attribute."""
    parser = _PositionParser(html)
    parts, end = [], 0
    for start, stop, tag in parser.positions:
        parts.append(html[end:start])
        text = html[start:stop]
        parts.append(style(text) if tag is None else _rewritten_tag(text, tag, attribute))
        end = stop
    return "".join([*parts, html[end:]])


def _rewritten_tag(text: str, tag: HtmlTag, attribute: Attribute) -> str:
    def rewrite(found: re.Match[str]) -> str:
        name = found[1].lower()
        value = tag.attributes.get(name, "")
        new = attribute(tag, name, value)
        if new is None:
            return ""
        return found[0] if new == value else f' {found[1]}="{escape(new)}"'

    opening = len(tag.name) + 1
    return text[:opening] + _ATTRIBUTE.sub(rewrite, text[opening:])


class _PositionParser(HTMLParser):
    """Finds the positions of start tags and style sheets, in order. A style sheet has no tag."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.positions: list[tuple[int, int, HtmlTag | None]] = []
        self._lines = [0, *(match.end() for match in re.finditer("\n", html))]
        self._sheet: int | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start = self._offset()
        stop = start + len(self.get_starttag_text() or "")
        # Of two attributes with one name the first counts (WHATWG HTML, section 13.2.5.33).
        self.positions.append((start, stop, HtmlTag(tag, {name: value or "" for name, value in reversed(attrs)})))
        self._sheet = stop if tag == "style" else None

    def handle_endtag(self, tag: str) -> None:
        if tag == "style" and self._sheet is not None:
            self.positions.append((self._sheet, self._offset(), None))
        self._sheet = None

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column
