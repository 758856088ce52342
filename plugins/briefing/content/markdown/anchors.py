"""The anchors of a text's headings: unique, and different from those of footnotes, sources and the theme."""

from __future__ import annotations

import re
from typing import Final

from briefing import urls

_RESERVED: Final = re.compile("fn-|fnref-|source-[0-9]+$")


class Anchors:
    """Gives each heading an anchor of letters, digits and hyphens; ids of the theme begin with `_`."""

    def __init__(self, language: str) -> None:
        """Begin without anchors. language: of the headings, which decides how they are transliterated."""
        self._language = language
        self._counts: dict[str, int] = {}  # how many headings would have it

    def give(self, written: str, title: str) -> str:
        """The anchor of a heading. title: its text. written: the anchor that the author wants, or ""."""
        base = _unreserved(urls.slugify(written) or urls.slugify(title, self._language) or "section")
        anchor = base
        while anchor in self._counts:
            self._counts[base] += 1
            anchor = _unreserved(f"{base}-{self._counts[base]}")
        self._counts[anchor] = 1
        return anchor


def _unreserved(anchor: str) -> str:
    return f"section-{anchor}" if _RESERVED.match(anchor) else anchor
