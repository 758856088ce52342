"""Whether a response shows what its address should. Hosts rewrite HTML, so pages are not compared byte by byte."""

from __future__ import annotations

import json
import re
from enum import Enum
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from briefing.checks.email.html_tree import read_page
from briefing.publish.image_signatures import is_image

if TYPE_CHECKING:
    from briefing.checks.email.html_tree import HtmlTree
    from briefing.publish.http_probe import ProbeResponse

_OK: Final = 200
_OUTDATED: Final = "is not the version that was built last"
_XML: Final = ("application/xml", "text/xml", "application/atom+xml", "application/rss+xml")
_JSON: Final = ("application/json", "application/feed+json", "text/json")
_COMPARED_ELEMENTS: Final = {"guid", "id", "lastBuildDate", "lastmod", "loc", "updated"}
# Cloudflare replaces mail addresses with this text, to hide them from robots.
_MAIL_ADDRESS: Final = re.compile(r"\[email\sprotected\]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


class Expected(Enum):
    """What an address should show: a noun for messages, and the content types that hosts use."""

    PAGE = "a page", ("text/html",)
    IMAGE = "an image", ("image/",)
    STYLE = "a style sheet", ("text/css",)
    TEXT = "a text file", ("text/plain",)
    XML = "a feed or sitemap", _XML
    JSON = "a feed", _JSON


def find_mismatch(expected: Expected, response: ProbeResponse, url: str, built: bytes | None) -> str:
    """Return how a response differs from what its address should show; "" if it does not.

    built: the file as it was built, if known.
    """
    match expected:
        case Expected.PAGE:
            return page_mismatch(response, url, built)
        case Expected.IMAGE:
            return image_mismatch(response)
        case Expected.XML | Expected.JSON:
            return feed_mismatch(response, expected, built)
        case Expected.STYLE | Expected.TEXT:
            return _basic_mismatch(response, expected)


def page_mismatch(response: ProbeResponse, url: str, built: bytes | None) -> str:
    """Return how a response differs from the page of this address; "" if it does not.

    The page must have the built page's canonical address, or if that is not known its own, and the same text.
    """
    if mismatch := _basic_mismatch(response, Expected.PAGE):
        return mismatch
    if response.content == built:
        return ""
    page = read_page(response.content.decode(errors="replace"))
    built_page = None if built is None else read_page(built.decode())
    canonical, wanted = _canonical(page), url if built_page is None else _canonical(built_page)
    if canonical != wanted:
        return f"is another page: its canonical address is {canonical or 'missing'}"
    return _OUTDATED if built_page and _text(page) != _text(built_page) else ""


def image_mismatch(response: ProbeResponse) -> str:
    """Return why a response is not an image; "" if it is. Some hosts serve an error page as `image/png`, by its name."""
    if mismatch := _basic_mismatch(response, Expected.IMAGE):
        return mismatch
    if is_image(response.content_type, response.content):
        return ""
    return f"is not an image, although its content type is {response.content_type}"


def feed_mismatch(response: ProbeResponse, expected: Expected, built: bytes | None) -> str:
    """Return how a response differs from the feed or sitemap; "" if it does not. Entries and dates are compared."""
    if mismatch := _basic_mismatch(response, expected):
        return mismatch
    if response.content == built:
        return ""
    parse = _parse_json if expected is Expected.JSON else _parse_xml
    shown = parse(response.content)
    if not shown:
        return f"is not {expected.value[0]}: it is not valid"
    return _OUTDATED if built is not None and shown != parse(built) else ""


def _basic_mismatch(response: ProbeResponse, expected: Expected) -> str:
    noun, content_types = expected.value
    if response.error or response.status != _OK:
        return response.error or f"answers {response.status}"
    if not response.content_type.startswith(content_types):
        return f"is not {noun}: its content type is {response.content_type or 'missing'}"
    return "" if response.content else "is empty"


def _canonical(page: HtmlTree) -> str:
    return next((link.get("href") for link in page.all("link") if link.get("rel") == "canonical"), "")


def _text(page: HtmlTree) -> tuple[str, ...]:
    """Return the text that readers see."""
    return tuple(_MAIL_ADDRESS.sub("@", part.text) for part in page.all("main") or page.all("body"))


def _parse_xml(content: bytes) -> tuple[str, ...]:
    """Return the root element, and the ids and dates of all entries; nothing if it is not XML."""
    try:
        # Expat 2.4.1 and later limits the expansion of entities, and fetches none.
        root = ET.fromstring(content)  # noqa: S314
    except ET.ParseError:
        return ()
    found = ((element.tag.rpartition("}")[2], (element.text or "").strip()) for element in root.iter())
    return (root.tag, *(text for name, text in found if name in _COMPARED_ELEMENTS))


def _parse_json(content: bytes) -> tuple[str, ...]:
    """Return the same for a JSON Feed."""
    try:
        feed: Any = json.loads(content)
        entries = [(str(item["id"]), str(item.get("date_modified", ""))) for item in feed["items"]]
        return (str(feed["version"]), *(text for entry in entries for text in entry))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ()
