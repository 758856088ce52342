"""The size of the HTML, compared with the size at which Gmail clips a message, and its largest parts."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Final

from briefing.checks.email.report import CheckOutcome, Finding, kilobytes
from briefing.digest.message import quoted_printable
from briefing.errors import Weight
from briefing.pages.formats import html_in_mail

if TYPE_CHECKING:
    from briefing.checks.email.html_tree import Element, HtmlTree
    from briefing.pages.views import DigestView, IssueView
    from briefing.settings import Settings

KILO: Final = 1024
CLIPPED: Final = 102 * KILO
TOO_LARGE: Final = 90 * KILO
LARGE: Final = 75 * KILO
_STYLE: Final = re.compile(r'\sstyle="[^"]*"')
_TAG: Final = re.compile(r"<[^>]*>")
_LARGEST: Final = 5
_FEW: Final = 3
_FIXED: Final = frozenset({"footer", "masthead", "style attributes", "style sheets", "the rest"})


def inspect_size(view: DigestView, page: HtmlTree, settings: Settings) -> CheckOutcome:
    """The size of the HTML, decoded and as it is sent.

    Gmail shows the first 102 KB of a message. The limits are lower because email services make links longer.
    """
    size = len(page.html.encode())
    sent = sum(len(line) + 2 for line in quoted_printable(page.html))
    parts = sorted(weights(view, page, settings).items(), key=lambda part: (-part[1], part[0]))
    largest = ", ".join(f"{name} {kilobytes(octets)}" for name, octets in parts[:_LARGEST])
    findings = []
    if size >= LARGE:
        limit = TOO_LARGE if size >= TOO_LARGE else LARGE
        what = f"the HTML is {kilobytes(size)}, and Gmail clips messages at 102 KB; the largest parts are {largest}"
        weight = Weight.ERROR if limit == TOO_LARGE else Weight.WARNING
        findings.append(
            Finding(what, f"{_remedy(parts, size - LARGE)}; the HTML must be smaller than {limit // KILO} KB", weight)
        )
    value = f"{kilobytes(size)}, {kilobytes(sent)} as sent"
    return CheckOutcome("size", value, "< 90 KB", tuple(findings), f"largest: {largest}")


def weights(view: DigestView, page: HtmlTree, settings: Settings) -> dict[str, int]:
    """The bytes of each part of the digest, by name, without style attributes, which are a part too.

    A story's part is the largest element that contains no link of another part.
    """
    home = f"{settings.url}/"
    names = _names(view.issue, home) | {home: "masthead", view.unsubscribe: "footer"}
    marked: dict[Element, set[str]] = {}
    opening = _introduction(html_in_mail(view.issue.html, settings, view.issue.url), page)
    for element in page.elements:
        name = "introduction" if element is opening else names.get(element.get("href"), "")
        if name and (element is opening or opening is None or opening not in element.above()):
            for outer in element.above():
                marked.setdefault(outer, set()).add(name)
    found: dict[str, int] = {}
    for element, inside in marked.items():
        around = marked.get(element.parent, set()) if element.parent is not None else {"", "page"}
        if len(inside) == 1 and len(around) > 1:
            name = next(iter(inside))
            found[name] = found.get(name, 0) + _octets(page.html[element.start : element.end])
    found["style sheets"] = sum(_octets(page.html[sheet.start : sheet.end]) for sheet in page.all("style"))
    found["style attributes"] = sum(len(style.encode()) for style in _STYLE.findall(page.html))
    found["the rest"] = len(page.html.encode()) - sum(found.values())
    return {name: octets for name, octets in found.items() if octets > 0}


def _names(issue: IssueView, home: str) -> dict[str, str]:
    """The addresses that identify a part, and its name."""
    names = {line.href: "one-liners" for line in issue.links}
    names |= {f"{home}{found.story.url}": "corrections" for found in issue.corrections}
    if issue.sponsor:
        names[issue.sponsor.href] = "sponsor"
    items = [*filter(None, [issue.lead]), *(item for section in issue.sections for item in section.items)]
    for item in items:
        names[f"{home}{item.card.url}"] = f"\u201c{item.card.title}\u201d"
    return names


def _introduction(html: str, page: HtmlTree) -> Element | None:
    """The innermost element that contains the whole introduction."""
    wanted = _bare(unescape(_TAG.sub("", html)))
    found: Element | None = page.root if wanted else None
    innermost = None
    while found is not None:
        innermost = found
        inside = [child for child in found.children if not isinstance(child, str)]
        found = next((child for child in inside if wanted in _bare(child.text)), None)
    return innermost if innermost is not page.root else None


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _octets(html: str) -> int:
    return len(_STYLE.sub("", html).encode())


def _remedy(parts: list[tuple[str, int]], excess: int) -> str:
    """What to move: a few of the largest parts if that is enough, else the number of stories."""
    movable = [(name, octets) for name, octets in parts if name not in _FIXED]
    few = [name for place, (name, _) in enumerate(movable) if sum(octets for _, octets in movable[:place]) < excess]
    if 0 < len(few) <= _FEW:
        return f"shorten {', '.join(few)} or move it to the web"
    if not few or len(few) == len(movable):
        return "make the template or the introduction shorter, or make two issues"
    return f"move about {len(few)} stories to the web, starting with {', '.join(few[:_FEW])}, or make two issues"
