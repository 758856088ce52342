"""The plain-text part: the output of `email/digest.txt`, with numbered links, in 72 columns.

The template writes one line for each paragraph. A line that begins with spaces, `- `, `> ` or an indented `1. ` keeps that
margin when it is wrapped. A line of `===` or `---` becomes as long as the line above it. Several blank lines become one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from briefing.digest.text_width import COLUMNS, columns, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.pages.views import IssueView

LINK = "\x01"
FOOT = "\x02"
VERBATIM = "\x03"
_LINKS = re.compile(f"{LINK}(?:([0-9]+) )?([^{LINK}\n]*){LINK}")
_MARGIN = re.compile(r"[ >]* \d{1,3}\. |[ >]*- |[ >]*")
_RULES = {"===": "=", "---": "-"}


def link(href: str) -> str:
    """A marker for an address, to be replaced by its number in brackets."""
    return f"{LINK}{href}{LINK}"


def citation(number: str, href: str) -> str:
    """A marker for the address of a source, which keeps its number: no other link gets it."""
    return f"{LINK}{number} {href}{LINK}"


@dataclass(frozen=True, slots=True)
class TextView:
    """The view for `email/digest.txt`: the digest's view with its introduction as text."""

    issue: IssueView
    unsubscribe: str
    preferences: str
    introduction: str

    def link(self, href: str) -> str:
        """The number of an address, in brackets; the address itself is listed at the next `foot`."""
        return link(href)

    @property
    def foot(self) -> str:
        """A line at which the addresses are listed whose numbers were used since the last one."""
        return FOOT


def lay_out(text: str) -> str:
    """Wrap the text at 72 columns, except addresses and verbatim lines, with one line break at the end."""
    lines: list[str] = []
    paragraph: list[str] = []
    for line in _numbered(text):
        if line in _RULES and paragraph:
            lines.append(_RULES[line] * min(max(map(columns, paragraph)), COLUMNS))
            paragraph = []
        elif line or paragraph:
            paragraph = _paragraph(line)
            lines += paragraph or [""]
        elif lines and lines[-1]:
            lines.append("")
    return "\n".join(lines).strip("\n") + "\n"


def _paragraph(line: str) -> list[str]:
    if line.startswith(VERBATIM):
        return [line[1:]]
    margin = _MARGIN.match(line)[0]  # type: ignore[index]  # it matches everything
    return wrap(line[len(margin) :], margin, re.sub("[^ >]", " ", margin))


def _numbered(text: str) -> Iterator[str]:
    """The lines with numbered links, and with the addresses where they are listed."""
    cited = {int(number) for number, _ in _LINKS.findall(text) if number}
    free = (number for number in count(1) if number not in cited)
    numbers: dict[str, int] = {}
    waiting: dict[tuple[int, str], None] = {}  # in the order of the text

    def number(found: re.Match[str]) -> str:
        source, href = found.groups()
        if not source and href not in numbers:
            numbers[href] = next(free)
        own = int(source) if source else numbers[href]
        waiting[own, href] = None
        return f"[{own}]"

    for line in (*text.split("\n"), FOOT):
        if line.rstrip() != FOOT:
            yield _LINKS.sub(number, line).rstrip()
            continue
        yield ""
        yield from (f"{VERBATIM}[{n}] {href}" for n, href in sorted(waiting, key=lambda one: one[0]))
        yield ""
        waiting.clear()
