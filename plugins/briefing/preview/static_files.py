"""The file of the site for a request, and its content type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from pathlib import Path

# A table of our own, because the machine's table differs from host to host.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".ics": "text/calendar; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".xml": "application/xml",
    ".atom.xml": "application/atom+xml",
    ".rss.xml": "application/rss+xml",
    ".xsl": "application/xslt+xml",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".ico": "image/x-icon",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".pdf": "application/pdf",
    ".zip": "application/zip",
    ".wasm": "application/wasm",
    ".eml": "message/rfc822",
}


@dataclass(frozen=True, slots=True)
class Redirect:
    """The target is a folder, whose address ends in a slash."""

    to: str


def find_file(site: Path, target: str) -> Path | Redirect | None:
    """Return the file within `site` for a request target (RFC 9112, section 3.2.1); None if there is none.

    For a folder it is `index.html`. Folders are never listed.
    """
    path, mark, query = target.partition("?")
    parts = [_decoded(part) for part in path.split("/")]
    if parts[0] != "" or len(parts) == 1 or not all(map(_names_a_file, parts[1:-1])):
        return None
    last = parts[-1]
    try:
        if last == "":
            return _within(site, site.joinpath(*parts[1:-1], "index.html"))
        if not _names_a_file(last):
            return None
        file = site.joinpath(*parts[1:])
        if file.is_dir():
            return Redirect(path + "/" + mark + query) if _within(site, file / "index.html") else None
        return _within(site, file)
    except OSError:  # the name is not valid in this file system
        return None


def content_type(name: str) -> str:
    """Return the media type of a file, by its longest known extension."""
    parts = name.lower().split(".")
    for start in range(1, len(parts)):
        known = _TYPES.get("." + ".".join(parts[start:]))
        if known:
            return known
    return "application/octet-stream"


def _decoded(part: str) -> str:
    try:
        return unquote(part, errors="strict")
    except UnicodeDecodeError:
        return ".."  # not the name of a file, and refused like this one


def _names_a_file(part: str) -> bool:
    return part not in {"", ".", ".."} and not {"/", "\\", "\0"} & {*part}


def _within(site: Path, file: Path) -> Path | None:
    return file if file.is_file() and file.resolve().is_relative_to(site.resolve()) else None
