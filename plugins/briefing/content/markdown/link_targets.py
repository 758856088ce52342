"""Where a link in a Markdown text leads."""

from __future__ import annotations

import posixpath
import re
from typing import Final
from urllib.parse import urlsplit

from briefing import weblinks
from briefing.errors import InvalidValueError
from briefing.weblinks import excerpt

OUTWARD: Final = frozenset({"http", "https", "mailto"})
_NEVER: Final = re.compile(r"[\s\\<>\"]")  # a browser takes \ for / and would ask another host than is written


def destination(target: str, file: str) -> tuple[str, str]:
    """("out", address), ("anchor", id), ("site", address on this site) or ("file", path under content/).

    `file` is the linking file, relative to `content/`: `{filename}x.md` counts from its folder,
    `{filename}/x.md` from content/. Raises InvalidValueError.
    """
    try:
        fault = weblinks.fault(target)
        scheme = "" if target.startswith("{") else urlsplit(target).scheme.lower()
        host = urlsplit(target).netloc
    except ValueError as error:
        raise InvalidValueError(
            what=f"`{excerpt(target)}` is not a valid address ({error})", hint="write https://..."
        ) from error
    if fault:
        raise InvalidValueError(*fault)
    whole = target[len("mailto:") :] if scheme == "mailto" else host
    never = _NEVER.search(target)
    if scheme in OUTWARD and whole and not never:
        return "out", target
    if scheme or target.startswith("//"):
        raise InvalidValueError(
            what=f"`{excerpt(target, never.start() if never else 0)}` is not a valid http(s) or mailto address",
            hint="write https://...",
        )
    if target.startswith("#"):
        return "anchor", target[1:]
    if target.startswith("/"):
        return "site", target[1:]
    for mark in ("{filename}", "{static}"):
        if target.startswith(mark):
            return "file", _within(target.removeprefix(mark), file)
    hint = "write {filename}/stories/..., {static}/images/..., /a/page/ or https://..."
    raise InvalidValueError(what=f"`{excerpt(target)}` is not a valid address", hint=hint)


def _within(path: str, file: str) -> str:
    base = "" if path.startswith("/") else posixpath.dirname(file)
    normal = posixpath.normpath(posixpath.join(base, path.lstrip("/")))
    if normal.startswith(".."):
        raise InvalidValueError(what=f"`{excerpt(path)}` leaves content/", hint="link to a file in it")
    return normal
