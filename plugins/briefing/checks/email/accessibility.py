"""Accessibility: alternative texts, link texts, headings, languages and layout tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from briefing.checks.email.origins import origin
from briefing.checks.email.report import CheckOutcome, Finding
from briefing.errors import Weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.checks.email.html_tree import Element, HtmlTree
    from briefing.checks.email.origins import Origins

_EMPTY_WORDS: Final = frozenset(
    ["click here", "here", "link", "more", "read more", "this", "this link", "hier", "ici", "aqu\u00ed", "qui", "aqui"]
)
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)[^\s/]+(?:/\S*)?", re.IGNORECASE)
_HOST: Final = re.compile(r"[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|edu|gov|info|eu|uk|de)(?:/\S*)?", re.IGNORECASE)
_HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
_LAYOUT: Final = frozenset({"presentation", "none"})
_TABLE_TAG: Final = re.compile(r"<table\b[^>]*>", re.IGNORECASE)


def inspect_texts(page: HtmlTree, origins: Origins) -> CheckOutcome:
    """Alternative texts of pictures, and link texts."""
    links, pictures = page.all("a"), page.all("img")
    findings = [*_alternatives(pictures, origins), *_link_texts(links, origins)]
    value = f"{len(links)} links, {len(pictures)} picture{'' if len(pictures) == 1 else 's'}"
    return CheckOutcome("texts", value, "all named", tuple(findings))


def inspect_structure(page: HtmlTree) -> CheckOutcome:
    """One h1, no skipped heading levels, languages, and roles of tables."""
    headings = page.all(*_HEADINGS)
    findings = [*_headings(headings), *_languages(page), *_tables(page)]
    levels = "".join(heading.tag[1] for heading in headings)
    value = f"{len(headings)} headings, {len(page.all('table'))} tables"
    return CheckOutcome("structure", value, "one h1, in order", tuple(findings), f"levels {levels}")


def _alternatives(pictures: list[Element], origins: Origins) -> Iterator[Finding]:
    for picture in pictures:
        source = picture.get("src")
        story, key = origin(origins, source)
        name = source.rpartition("/")[2]
        if "alt" not in picture.attributes:
            yield Finding(f"the picture {name} has no alternative text", "describe it in `alt`", key=key, story=story)
        elif picture.get("alt") and picture.get("alt").strip().lower() in {
            name.lower(),
            name.partition(".")[0].lower(),
        }:
            what = f"the alternative text of {name} is its file's name"
            yield Finding(what, "describe it", Weight.WARNING, f"{key}.alt" if key else "", story)


def _link_texts(links: list[Element], origins: Origins) -> Iterator[Finding]:
    for link in links:
        address, text = link.get("href"), link.text
        story, key = origin(origins, address)
        if "href" not in link.attributes:
            if not link.get("name") and not link.get("id"):
                yield Finding(f"the link \u201c{text}\u201d has no address", "add an `href`", key=key, story=story)
        elif not text and not link.get("aria-label"):
            what = f"the link to {address} has no text"
            yield Finding(what, "describe where it leads, in words or in its image's `alt`", key=key, story=story)
        elif text.lower().strip(" .:\u2026\u00bb>") in _EMPTY_WORDS:
            what = f"the link to {address} has the text \u201c{text}\u201d"
            yield Finding(what, "describe where it leads", key=key, story=story)
        elif (named := _named_host(text)) and not _is_same_site(named, urlsplit(address).hostname or ""):
            what = f"the link \u201c{text}\u201d leads to {urlsplit(address).hostname or address}"
            weight = Weight.ERROR if _ADDRESS.fullmatch(text) else Weight.WARNING
            yield Finding(what, "show the real address, or use words: the link looks like phishing", weight, key, story)


def _named_host(text: str) -> str:
    """The host that a link's text names, "" if none."""
    if not _ADDRESS.fullmatch(text) and not _HOST.fullmatch(text):
        return ""
    return urlsplit(text if "://" in text else f"//{text}").hostname or ""


def _is_same_site(named: str, host: str) -> bool:
    named, host = named.removeprefix("www."), host.removeprefix("www.")
    return host == named or host.endswith(f".{named}")


def _headings(headings: list[Element]) -> Iterator[Finding]:
    count = sum(heading.tag == "h1" for heading in headings)
    if count != 1:
        what = "there is no h1 heading" if not count else f"there are {count} h1 headings"
        yield Finding(what, "make the issue's title the only h1")
    before = 0
    for heading in headings:
        level = int(heading.tag[1])
        if level > before + 1:
            first, above = ("", f" below an h{before}") if before else ("first ", "")
            what = f"the {first}heading \u201c{heading.text}\u201d is an h{level}{above}"
            yield Finding(what, f"make it an h{before + 1}")
        before = level


def _languages(page: HtmlTree) -> Iterator[Finding]:
    if not any(element.get("lang") for element in page.all("html")):
        yield Finding("<html> has no `lang`", "set it to the publication's language")
    inside = [element for body in page.all("body") for element in body.within() if element.tag != "body"]
    if not any(element.get("lang") for element in inside):
        what = "no element in <body> has a `lang`, and webmail removes <html>"
        yield Finding(what, "repeat the language on an element that contains all text")


def _tables(page: HtmlTree) -> Iterator[Finding]:
    """Layout tables have the role; data tables have headers."""
    for table in page.all("table"):
        has_headers = any(cell.tag == "th" and _table_of(cell) is table for cell in table.within())
        if table.get("role") not in _LAYOUT and not has_headers:
            what = f"a table on line {table.line} has neither headers nor role=presentation"
            yield Finding(what, "add the role if the table is for layout, or headers if it contains data")
    for comment in page.comments:
        for tag in _TABLE_TAG.findall(comment):
            if not re.search(r"\brole=[\"']?(presentation|none)\b", tag):
                yield Finding("a table for Outlook has no role=presentation", "add the role")


def _table_of(cell: Element) -> Element | None:
    return next((outer for outer in cell.above() if outer.tag == "table"), None)
