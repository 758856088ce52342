"""Checks of a built site: internal links lead somewhere, and ids are unique."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from briefing import urls
from briefing.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_REFERRING: Final = ("for", "aria-labelledby", "aria-describedby", "aria-controls")
_LINKING: Final = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "src", "form": "action"}


@dataclass(slots=True)
class _Page:
    """The links of a page as (line, address), and its anchors.

    references: (line, attribute, id) of every reference to an id. repeated: (line, id) of each repeated id.
    """

    links: list[tuple[int, str]] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    references: list[tuple[int, str, str]] = field(default_factory=list)
    repeated: list[tuple[int, str]] = field(default_factory=list)


def find(pages: Mapping[str, bytes], files: Collection[str], base: str) -> Iterator[Problem]:
    """Broken links, pictures, style sheets and anchors, and repeated ids.

    `pages` are the site's pages by file name, `files` the names of all files, `base` the path that the site is served
    under. A problem's path is the page's name in the output folder: usually its template is at fault.
    """
    read = {name: _read(content) for name, content in pages.items() if name.endswith(".html")}
    for name, page in read.items():
        for line, address in page.links:
            what = _fault(address, name, read, files, base)
            if what:
                yield Problem(f"output/{name}", what, "fix the template or the text", "href", line)
        for line, anchor in page.repeated:
            hint = "change one of them; start the ids of a template with `_`, which headings never do"
            yield Problem(f"output/{name}", f"the id `{anchor}` appears twice", hint, "id", line)
        for line, attribute, anchor in page.references:
            if anchor not in page.anchors:
                yield Problem(
                    f"output/{name}", f"no element has the id `{anchor}`", "fix the template", attribute, line
                )


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
        return f"`{address}` does not start with {base}/"
    if target not in files:
        return f"`{address}` leads to a missing page or file"
    anchor = unquote(parts.fragment)
    if anchor and target in read and anchor not in read[target].anchors:
        return f"`{address}` leads to a missing anchor"
    return ""


def _read(content: bytes) -> _Page:
    reader = _AddressReader()
    reader.feed(content.decode())
    return reader.page


class _AddressReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = _Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        line = self.getpos()[0]
        if anchor := values.get("id"):
            if anchor in self.page.anchors:
                self.page.repeated.append((line, anchor))
            self.page.anchors.add(anchor)
        for attribute in _REFERRING:
            self.page.references += [(line, attribute, name) for name in (values.get(attribute) or "").split()]
        address = values.get(_LINKING.get(tag, ""))
        if address is not None:
            self.page.links.append((line, address))
