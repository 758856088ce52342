"""Every link within the site leads to a page, a file or an anchor that will be there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from briefing import markup, urls
from briefing.checks.addresses import files as files_of
from briefing.errors import Problem
from briefing.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.library import Library
    from briefing.model import Body, Curator, Issue, Page, Story, Thread

    _Text = Story | Issue | Thread | Curator | Page

_LIST_PAGE = re.compile(r"page/\d+/$")
_ID = re.compile(r' id="([^"]+)"')


def find(library: Library) -> Iterator[Problem]:
    """Links of Markdown texts, with the lines on which they stand."""
    files = files_of(library)
    texts: tuple[_Text, ...]
    texts = (*library.stories, *library.issues, *library.threads, *library.curators, *library.pages)
    content = f"{library.settings.content.name}/"
    by_file = {text.path.removeprefix(content): text for text in texts}
    for text in texts:
        file = text.path.removeprefix(content)
        for reference in text.body.references:
            try:
                kind, to = markup.destination(reference.target, file)
            except ValueError:  # said by markup
                continue
            what = ""
            if kind == "anchor":
                what = _missing_anchor(to, text.body)
            elif kind == "file" and not reference.is_image:
                what = _missing_file(to, text, by_file, library)
            elif kind == "site":
                address = urls.file_of(_LIST_PAGE.sub("", re.split("[?#]", to)[0]))
                what = "" if address in files else f"no page will be at /{to}"
            if what:
                yield Problem(text.path, what, "mend the link", "body", reference.line)


def _missing_file(
    to: str,
    linking: _Text,
    by_file: dict[str, _Text],
    library: Library,
) -> str:
    path, _, anchor = to.partition("#")
    target = by_file.get(path)
    if target is None:
        return "" if path in library.files else f"there is no content/{path}"
    linking_status = getattr(linking, "status", Status.PUBLISHED)
    if getattr(target, "status", None) is Status.DRAFT and linking_status is not Status.DRAFT:
        return f"content/{path} is a draft: its page will not be there"
    return _missing_anchor(anchor, target.body) if anchor else ""


def _missing_anchor(anchor: str, body: Body) -> str:
    known = {heading.anchor for heading in body.headings} | set(_ID.findall(body.html))
    return "" if anchor in known or not body.html else f"there is no heading #{anchor}"
