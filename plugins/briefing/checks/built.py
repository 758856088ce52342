"""Rules over a built site: every address that a page names on this site is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from briefing import urls
from briefing.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_LEADING: Final = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "src", "form": "action"}


@dataclass(slots=True)
class _Page:
    """What a page names and what it offers: (line, address) of every link, and its anchors."""

    links: list[tuple[int, str]] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)


def find(pages: Mapping[str, bytes], files: Collection[str], base: str) -> Iterator[Problem]:
    """Links, pictures and style sheets that lead nowhere, and anchors that are not there.

    `pages` are the site's files by name, `files` the names of all, `base` the path under which it is served.
    A problem's path is the page's name in the output folder: the template that made it is at fault.
    """
    read = {name: _read(content) for name, content in pages.items() if name.endswith(".html")}
    for name, page in read.items():
        for line, address in page.links:
            what = _fault(address, name, read, files, base)
            if what:
                yield Problem(f"output/{name}", what, "mend the template or the text", "href", line)


def _fault(address: str, name: str, read: Mapping[str, _Page], files: Collection[str], base: str) -> str:
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return ""
    path = unquote(parts.path)
    if not path:
        target = name
    elif path.startswith(f"{base}/"):
        target = urls.file_of(path.removeprefix(f"{base}/"))
    else:
        return f"`{address}` does not begin with {base}/"
    if target not in files:
        return f"`{address}` leads nowhere"
    anchor = unquote(parts.fragment)
    if anchor and target in read and anchor not in read[target].anchors:
        return f"`{address}` names an anchor that is not there"
    return ""


def _read(content: bytes) -> _Page:
    reader = _Reader()
    reader.feed(content.decode())
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = _Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("id"):
            self.page.anchors.add(str(values["id"]))
        address = values.get(_LEADING.get(tag, ""))
        if address is not None:
            self.page.links.append((self.getpos()[0], address))
