"""Where a link in a Markdown text leads."""

from __future__ import annotations

import posixpath
import re
from typing import Final
from urllib.parse import urlsplit

OUTWARD: Final = frozenset({"http", "https", "mailto"})
_SHOWN: Final = 80
_NEVER: Final = re.compile(r"[\s\\<>\"]")  # a browser takes \ for / and would ask another host than is written


def destination(target: str, file: str) -> tuple[str, str]:
    """("out", address), ("anchor", id), ("site", address on this site) or ("file", path under content/).

    `file` is the linking file, relative to `content/`: `{filename}x.md` counts from its folder,
    `{filename}/x.md` from content/. Raises ValueError with what is wrong; what to write.
    """
    try:
        scheme = "" if target.startswith("{") else urlsplit(target).scheme.lower()
        host = urlsplit(target).netloc
    except ValueError as error:
        msg = f"`{shortened(target)}` is no address ({error}); write https://..."
        raise ValueError(msg) from error
    whole = target[len("mailto:") :] if scheme == "mailto" else host
    if scheme in OUTWARD and whole and not _NEVER.search(target):
        return "out", target
    if scheme or target.startswith("//"):
        msg = f"`{shortened(target)}` is no http(s) or mailto address; write https://..."
        raise ValueError(msg)
    if target.startswith("#"):
        return "anchor", target[1:]
    if target.startswith("/"):
        return "site", target[1:]
    for mark in ("{filename}", "{static}"):
        if target.startswith(mark):
            return "file", _within(target.removeprefix(mark), file)
    hint = "write {filename}/stories/..., {static}/images/..., /a/page/ or https://..."
    msg = f"`{shortened(target)}` is no address; {hint}"
    raise ValueError(msg)


def shortened(target: str) -> str:
    """An address as it fits in a problem's line."""
    plain = " ".join(target.split())
    return plain if len(plain) <= _SHOWN else plain[: _SHOWN - 3] + "..."


def _within(path: str, file: str) -> str:
    base = "" if path.startswith("/") else posixpath.dirname(file)
    normal = posixpath.normpath(posixpath.join(base, path.lstrip("/")))
    if normal.startswith(".."):
        msg = f"`{shortened(path)}` leaves content/; link to a file in it"
        raise ValueError(msg)
    return normal
