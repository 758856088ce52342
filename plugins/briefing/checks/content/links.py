"""Every link within the site leads to a page, a file or an anchor that will be there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from briefing import urls
from briefing.checks.content.output_paths import files as files_of
from briefing.content import markdown
from briefing.content.model import Status, Story
from briefing.errors import Fault, Problem, Weight
from briefing.pages.publication import Publication
from briefing.settings import FILE
from briefing.settings.source import line_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from briefing.content.library import Library
    from briefing.content.model import Curator, Issue, Page, Thread

    _Text = Story | Issue | Thread | Curator | Page

_FIX = "fix the link"
_LIST_PAGE = re.compile(r"page/\d+/$")
_ID = re.compile(r'<(?:div|sup) [^>]*?id="([^"]+)"')  # the sanitiser writes no > within a tag


def find(library: Library, today: dt.date) -> Iterator[Problem]:
    """Links of Markdown texts, with the lines on which they stand; on a day, since some pages come later."""
    texts: tuple[_Text, ...]
    texts = (*library.stories, *library.issues, *library.threads, *library.curators, *library.pages)
    content = f"{library.settings.content.name}/"
    site = _Site(
        by_file={text.path.removeprefix(content): text for text in texts},
        copied=frozenset(library.files),
        files=files_of(library),
        today=Publication(library, today),
    )
    for file, text in site.by_file.items():
        for reference in text.body.references:
            try:
                kind, to = markdown.destination(reference.target, file)
            except ValueError:
                continue  # the survey of the text has said it
            if reference.is_image:
                continue
            if fault := site.fault(kind, to, text):
                yield Problem(text.path, fault.what, fault.hint, "body", reference.line)
            elif later := site.comes_later(kind, to, text):
                hint = "until then the text is shown without the link"
                yield Problem(text.path, later, hint, "body", reference.line, Weight.WARNING, "later-link")
    yield from _menu(site)


def _menu(site: _Site) -> Iterator[Problem]:
    settings = site.today.settings
    for name, address in settings.options.menu.items():
        to, field_ = unquote(address[1:]), f"BRIEFING.menu.{name}"
        if not address.startswith("/") or site.today.has(to):
            continue
        line = line_of(settings.root / FILE, ("BRIEFING", "menu", name))
        if urls.file_of(to) not in site.files:
            yield Problem(FILE, f"there will be no page at {address}", "fix the address", field_, line)
        else:
            hint = "until then the menu omits it"
            yield Problem(FILE, f"the site has no page {address} yet", hint, field_, line, Weight.WARNING)


@dataclass(frozen=True, slots=True)
class _Site:
    """What links can lead to: texts and copied files by path, files of the output, what is published today."""

    by_file: Mapping[str, _Text]
    copied: frozenset[str]
    files: Mapping[str, str]
    today: Publication
    anchors: dict[str, frozenset[str]] = field(default_factory=dict)

    def is_there(self, text: _Text) -> bool:
        """Whether a text has a page today."""
        return self.today.has(urls.of_file(text.path.removeprefix(f"{self.today.settings.content.name}/")) or text.path)

    def fault(self, kind: str, to: str, text: _Text) -> Fault | None:
        """What is wrong with a link of a text to a destination (see `markdown.destination`); None if nothing is."""
        if kind == "anchor":
            return self._missing_anchor(to, text)
        if kind == "file":
            return self._fault_of_file(to, text)
        if kind == "site":
            address = urls.file_of(_LIST_PAGE.sub("", unquote(re.split("[?#]", to)[0])))
            return None if address in self.files else Fault(f"there will be no page at /{to}", _FIX)
        return None

    def _fault_of_file(self, to: str, text: _Text) -> Fault | None:
        path, _, anchor = to.partition("#")
        target = self.by_file.get(path)
        if target is None:
            return None if path in self.copied else Fault(f"there is no content/{path}", _FIX)
        if self.is_there(text) and getattr(target, "status", None) is Status.DRAFT:
            return Fault(f"{target.path} is a draft, so it has no page", "publish it, or remove the link")
        return self._missing_anchor(anchor, target) if anchor else None

    def comes_later(self, kind: str, to: str, text: _Text) -> str:
        """What is said of a link to a page that a build of today does not make; "" of any other."""
        if kind not in {"file", "site"} or not self.is_there(text):
            return ""
        if kind == "site":
            address = unquote(re.split("[?#]", to)[0])
            return "" if self.today.has(address) else f"the site has no page /{address} yet"
        target = self.by_file.get(to.partition("#")[0])
        if target is None or self.is_there(target):
            return ""
        return f"{target.path} is dated {getattr(target, 'date', None):%Y-%m-%d}"

    def _missing_anchor(self, anchor: str, target: _Text) -> Fault | None:
        number = markdown.cited_source(anchor)
        if number is not None:
            return _missing_source(number, target)
        if target.path not in self.anchors:
            found = {heading.anchor for heading in target.body.headings} | set(_ID.findall(target.body.html))
            self.anchors[target.path] = frozenset(found)
        known = self.anchors[target.path]
        if unquote(anchor) in known or not target.body.html:
            return None
        if anchor:
            return Fault(f"there is no heading `#{anchor}`", _FIX)
        return Fault("`#` does not name a heading", "write the heading's anchor after it")


def _missing_source(number: int, target: _Text) -> Fault | None:
    """What is wrong with a citation of a source of a text; None if nothing is."""
    if not isinstance(target, Story):
        what = f"there is no source {number}: only a story has sources"
        return Fault(what, "link to a story, or rename the footnote")
    count = len(target.sources)
    if 1 <= number <= count:
        return None
    sources = "one source" if count == 1 else f"{count} sources"
    what = f"there is no source {number}: {target.path} has {sources}"
    return Fault(what, "cite a source that the story has, or add this one to `sources`")
