"""Where links in Markdown lead."""

from __future__ import annotations

import posixpath
import re
from typing import Final
from urllib.parse import urlsplit

from briefing import weblinks
from briefing.errors import InvalidValueError
from briefing.weblinks import excerpt

OUTWARD: Final = frozenset({"http", "https", "mailto"})
_NEVER: Final = re.compile(r"[\s\\<>\"]")  # browsers read \ as /, and would request another host than is written


def destination(target: str, file: str) -> tuple[str, str]:
    """("out", address), ("anchor", id), ("site", address on this site) or ("file", path under content/).

    file: the file that contains the link, relative to `content/`. `{filename}x.md` is relative to its folder,
    `{filename}/x.md` to content/. Raises InvalidValueError.
    """
    try:
        weblinks.refuse_deceptive(target)
        scheme = "" if target.startswith("{") else urlsplit(target).scheme.lower()
        host = urlsplit(target).netloc
    except InvalidValueError:
        raise
    except ValueError as error:
        what = f"`{excerpt(target)}` is not a valid address ({error})"
        raise InvalidValueError(what, "write https://...") from error
    whole = target[len("mailto:") :] if scheme == "mailto" else host
    never = _NEVER.search(target)
    if scheme in OUTWARD and whole and not never:
        return "out", target
    if scheme or target.startswith("//"):
        what = f"`{excerpt(target, never.start() if never else 0)}` is not a valid http(s) or mailto address"
        raise InvalidValueError(what, "write https://...")
    if target.startswith("#"):
        return "anchor", target[1:]
    if target.startswith("/"):
        return "site", target[1:]
    for prefix in ("{filename}", "{static}"):
        if target.startswith(prefix):
            return "file", _within(target.removeprefix(prefix), file)
    what = f"`{excerpt(target)}` is not a valid address"
    raise InvalidValueError(what, "write {filename}/stories/..., {static}/images/..., /a/page/ or https://...")


def _within(path: str, file: str) -> str:
    base = "" if path.startswith("/") else posixpath.dirname(file)
    normal = posixpath.normpath(posixpath.join(base, path.lstrip("/")))
    if normal.startswith(".."):
        what = f"`{excerpt(path)}` is outside content/"
        raise InvalidValueError(what, "link to a file under content/")
    return normal
