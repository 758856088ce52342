"""The plain-text part: what `email/digest.txt` writes, with links numbered, laid out in 72 columns.

A template for it writes one line for each paragraph and need not count columns. A line that begins with
spaces, `- ` or `> ` keeps that margin when it is wrap, and so does an indented `1. `. A line of `===` or `---` below
another becomes as long as that one. Blank lines in a row count as one.
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
    """A mark for an address, to be replaced by its number in brackets."""
    return f"{LINK}{href}{LINK}"


def citation(number: str, href: str) -> str:
    """A mark for the address of a source, whose number stays: no other link of the text gets it."""
    return f"{LINK}{number} {href}{LINK}"


@dataclass(frozen=True, slots=True)
class TextView:
    """What `email/digest.txt` is given: the digest's view, its introduction already as text."""

    issue: IssueView
    unsubscribe: str
    preferences: str
    introduction: str

    def link(self, href: str) -> str:
        """The number of an address, in brackets; the address itself follows at the next `foot`."""
        return link(href)

    @property
    def foot(self) -> str:
        """A line on its own: here the addresses are listed whose numbers were used since the last one."""
        return FOOT


def lay_out(text: str) -> str:
    """The text in lines of at most 72 columns, an address or a verbatim line apart, ending in one line break."""
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
    """The lines with their links as numbers, and the addresses where they are listed."""
    cited = {int(number) for number, _ in _LINKS.findall(text) if number}
    free = (number for number in count(1) if number not in cited)
    numbers: dict[str, int] = {}
    waiting: dict[tuple[int, str], None] = {}  # in the order of the text

    def number(found: re.Match[str]) -> str:
        said, href = found.groups()
        if not said and href not in numbers:
            numbers[href] = next(free)
        own = int(said) if said else numbers[href]
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
