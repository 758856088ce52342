"""The HTTP headers of each file: its content type, and how long it may be cached."""

from __future__ import annotations

import re
from dataclasses import dataclass
from mimetypes import MimeTypes
from typing import TYPE_CHECKING, Final

from briefing import urls

if TYPE_CHECKING:
    from collections.abc import Iterable

_FEEDS: Final = "feeds/"
_HASHED_NAME = re.compile(rf"{re.escape(urls.THEME)}.*\.[0-9a-f]{{10,}}\.[a-z0-9]+")
_PAGES: Final = (".html", ".htm", ".xml", ".json", ".txt")

IMMUTABLE: Final = "public, max-age=31536000, immutable"
"""A year, without revalidation (RFC 8246): for files whose name contains a hash of their content."""
REVALIDATE: Final = "public, max-age=0, must-revalidate"
"""Cached, but revalidated each time, so that a page is never older than its style sheet."""
FEED: Final = "public, max-age=300, s-maxage=0, must-revalidate"
"""Five minutes at the reader, but not in shared caches, so that a new story is visible at once (RFC 9111, 5.2.2.10)."""
HOUR: Final = "public, max-age=3600, must-revalidate"
NO_CACHE: Final = "no-cache"
"""For the build id, which shows whether a site is live."""

# Types that Python's own table lacks, or has differently. The machine's table is ignored, so that all machines agree.
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
_PYTHON_TYPES: Final = MimeTypes(filenames=())
_UNKNOWN: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class HttpHeaders:
    """The values of `Content-Type`, with a charset for text, and of `Cache-Control`."""

    content_type: str
    cache_control: str


def headers_of(name: str) -> HttpHeaders:
    """Return the headers of a file of the site. All text is UTF-8."""
    media_type = _media_type(name)
    is_text = media_type.startswith("text/") or media_type in _TEXTS
    return HttpHeaders(f"{media_type}; charset=utf-8" if is_text else media_type, _cache_control(name))


def is_page(name: str) -> bool:
    """Return whether a file may link to others: pages, feeds and sitemaps."""
    return name.lower().endswith(_PAGES)


def headers_file(names: Iterable[str]) -> str:
    """Return the same rules as a file `_headers` for Netlify and Cloudflare.

    No path matches two rules, because Cloudflare would join their values. Files that match none get these hosts'
    default, which is to revalidate them each time.
    """
    hashed = sorted(name for name in names if _HASHED_NAME.fullmatch(name))
    rules = [(f"/{urls.encoded(name)}", IMMUTABLE) for name in hashed]
    rules += [("/feeds/*", FEED), ("/images/*", HOUR), (f"/{urls.BUILD_ID}", NO_CACHE)]
    return "".join(f"{path}\n  Cache-Control: {value}\n" for path, value in rules)


def _media_type(name: str) -> str:
    lower = name.lower()
    if lower.startswith(_FEEDS) and lower.endswith(".json"):
        return "application/feed+json"
    for extension, media_type in _TYPES.items():
        if lower.endswith(extension):
            return media_type
    return _PYTHON_TYPES.guess_type(lower.rpartition("/")[2], strict=True)[0] or _UNKNOWN


def _cache_control(name: str) -> str:
    if name == urls.BUILD_ID:
        return NO_CACHE
    if _HASHED_NAME.fullmatch(name):
        return IMMUTABLE
    if name.startswith(_FEEDS):
        return FEED
    return REVALIDATE if is_page(name) else HOUR
