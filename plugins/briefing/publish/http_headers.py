"""What a host is to say of each file: its content type, and how long a copy may be kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from mimetypes import MimeTypes
from typing import TYPE_CHECKING, Final

from briefing import urls

if TYPE_CHECKING:
    from collections.abc import Iterable

_FEEDS: Final = "feeds/"
_HASHED = re.compile(rf"{re.escape(urls.THEME)}.*\.[0-9a-f]{{10,}}\.[a-z0-9]+")
_PAGES: Final = (".html", ".htm", ".xml", ".json", ".txt")

FOREVER: Final = "public, max-age=31536000, immutable"
"""A year, never asked for again (RFC 8246): for names that hold a hash of what is in them."""
ASKED: Final = "public, max-age=0, must-revalidate"
"""Kept, but asked for each time: a page is never older than the stylesheet that it names."""
FEED: Final = "public, max-age=300, s-maxage=0, must-revalidate"
"""For five minutes by whoever reads it, but not in between: what is published is to be seen at once (RFC 9111, 5.2.2.10)."""
PICTURE: Final = "public, max-age=3600, must-revalidate"
NOW: Final = "no-cache"
"""For the build's id, by which is seen that a site has arrived."""

# What Python's own table lacks, or has otherwise; the machine's table is not asked, so that every machine says the same.
_TYPES: Final = {
    ".atom.xml": "application/atom+xml",
    ".rss.xml": "application/rss+xml",
    ".xml": "application/xml",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".avif": "image/avif",
    ".ico": "image/x-icon",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".otf": "font/otf",
    ".ttf": "font/ttf",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".m4a": "audio/mp4",
    ".ogg": "audio/ogg",
    ".md": "text/markdown",
    ".ics": "text/calendar",
    ".gz": "application/gzip",
    ".zip": "application/zip",
}
_TEXTS: Final = frozenset(
    {"application/atom+xml", "application/rss+xml", "application/xml", "image/svg+xml", "text/javascript"}
)
_PYTHONS: Final = MimeTypes(filenames=())
_UNKNOWN: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Headers:
    """Values of `Content-Type`, with the charset where it is text, and of `Cache-Control`."""

    content_type: str
    cache_control: str


def headers_of(name: str) -> Headers:
    """What a host is to say of a file of the site. All text of a site is UTF-8."""
    kind = _kind_of(name)
    is_text = kind.startswith("text/") or kind in _TEXTS
    return Headers(f"{kind}; charset=utf-8" if is_text else kind, _kept(name))


def is_page(name: str) -> bool:
    """Whether a file may name others: pages, feeds, sitemaps. All else is only named."""
    return name.lower().endswith(_PAGES)


def headers_file(names: Iterable[str]) -> str:
    """The same rules as a file `_headers`, as Netlify and Cloudflare read it.

    Every path is in one rule only: where two match, Cloudflare joins their values. What is in none is served as these
    hosts do by themselves, to be asked for each time.
    """
    hashed = sorted(name for name in names if _HASHED.fullmatch(name))
    rules = [(f"/{urls.encoded(name)}", FOREVER) for name in hashed]
    rules += [("/feeds/*", FEED), ("/images/*", PICTURE), (f"/{urls.BUILD_ID}", NOW)]
    return "".join(f"{path}\n  Cache-Control: {value}\n" for path, value in rules)


def _kind_of(name: str) -> str:
    lower = name.lower()
    if lower.startswith(_FEEDS) and lower.endswith(".json"):
        return "application/feed+json"
    for ending, kind in _TYPES.items():
        if lower.endswith(ending):
            return kind
    return _PYTHONS.guess_type(lower.rpartition("/")[2], strict=True)[0] or _UNKNOWN


def _kept(name: str) -> str:
    if name == urls.BUILD_ID:
        return NOW
    if _HASHED.fullmatch(name):
        return FOREVER
    if name.startswith(_FEEDS):
        return FEED
    return ASKED if is_page(name) else PICTURE
