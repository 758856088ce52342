"""Whether an answer is what its address should show. Hosts rewrite HTML, so that no bytes are compared there."""

from __future__ import annotations

import json
import re
from enum import Enum
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from briefing.checks.email.html_tree import read_page
from briefing.publish.image_signatures import is_picture

if TYPE_CHECKING:
    from briefing.checks.email.html_tree import HtmlTree
    from briefing.publish.http_probe import ProbeAnswer

_FOUND: Final = 200
_OLD: Final = "is not what was built last"
_XML: Final = ("application/xml", "text/xml", "application/atom+xml", "application/rss+xml")
_JSON: Final = ("application/json", "application/feed+json", "text/json")
_TELLING: Final = {"guid", "id", "lastBuildDate", "lastmod", "loc", "updated"}
# Cloudflare hides mail addresses from robots by writing this in their place.
_MAIL_ADDRESS: Final = re.compile(r"\[email\sprotected\]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


class Sort(Enum):
    """What an address should show: in a sentence, and by the types that hosts state for it."""

    PAGE = "a page", ("text/html",)
    PICTURE = "a picture", ("image/",)
    STYLE = "a style sheet", ("text/css",)
    TEXT = "a text", ("text/plain",)
    XML = "a feed or sitemap", _XML
    JSON = "a feed", _JSON


def fault_of(sort: Sort, answer: ProbeAnswer, url: str, built: bytes | None) -> str:
    """Why an answer is not what its address should show; "" where it is. `built`: what was built, where known."""
    match sort:
        case Sort.PAGE:
            return page_fault(answer, url, built)
        case Sort.PICTURE:
            return picture_fault(answer)
        case Sort.XML | Sort.JSON:
            return feed_fault(answer, sort, built)
        case Sort.STYLE | Sort.TEXT:
            return _fault(answer, sort)


def page_fault(answer: ProbeAnswer, url: str, built: bytes | None) -> str:
    """Why an answer is not the page of this address; "" where it is.

    A page calls itself by its own address, or as the built one does, and reads like that.
    """
    if fault := _fault(answer, Sort.PAGE):
        return fault
    if answer.content == built:
        return ""
    page = read_page(answer.content.decode(errors="replace"))
    as_built = None if built is None else read_page(built.decode())
    itself, wanted = _itself(page), url if as_built is None else _itself(as_built)
    if itself != wanted:
        return (
            f"is another page: it calls itself {itself}" if itself else "is another page: it does not say its address"
        )
    return _OLD if as_built and _said(page) != _said(as_built) else ""


def picture_fault(answer: ProbeAnswer) -> str:
    """Why an answer is no picture; "" where it is one. Hosts state `image/png` for an error page too, by its name."""
    if fault := _fault(answer, Sort.PICTURE):
        return fault
    return "" if is_picture(answer.kind, answer.content) else f"is not a picture, though it is stated as {answer.kind}"


def feed_fault(answer: ProbeAnswer, sort: Sort, built: bytes | None) -> str:
    """Why an answer is not the feed or sitemap of this address; "" where it is: the same entries, as new as built."""
    if fault := _fault(answer, sort):
        return fault
    if answer.content == built:
        return ""
    read = _in_json if sort is Sort.JSON else _in_xml
    shown = read(answer.content)
    if not shown:
        return f"is not {sort.value[0]}: it cannot be read as one"
    return _OLD if built is not None and shown != read(built) else ""


def _fault(answer: ProbeAnswer, sort: Sort) -> str:
    noun, kinds = sort.value
    if answer.fault or answer.status != _FOUND:
        return answer.fault or f"answers {answer.status}"
    if not answer.kind.startswith(kinds):
        return f"is not {noun} but {answer.kind or 'of no stated type'}"
    return "" if answer.content else "is empty"


def _itself(page: HtmlTree) -> str:
    return next((link.get("href") for link in page.all("link") if link.get("rel") == "canonical"), "")


def _said(page: HtmlTree) -> tuple[str, ...]:
    """What a reader of the page reads."""
    return tuple(_MAIL_ADDRESS.sub("@", part.text) for part in page.all("main") or page.all("body"))


def _in_xml(content: bytes) -> tuple[str, ...]:
    """The document's kind, and what tells its entries and their ages; nothing where it is no XML."""
    try:
        # Expat itself bounds what entities may grow to (2.4.1 and later), and fetches none.
        root = ET.fromstring(content)  # noqa: S314
    except ET.ParseError:
        return ()
    found = ((element.tag.rpartition("}")[2], (element.text or "").strip()) for element in root.iter())
    return (root.tag, *(text for name, text in found if name in _TELLING))


def _in_json(content: bytes) -> tuple[str, ...]:
    """The same of a JSON Feed."""
    try:
        feed: Any = json.loads(content)
        entries = [(str(item["id"]), str(item.get("date_modified", ""))) for item in feed["items"]]
        return (str(feed["version"]), *(text for entry in entries for text in entry))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ()
