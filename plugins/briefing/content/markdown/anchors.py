"""The anchors of a text's headings: each its own, and none of those that footnotes, sources and the theme have."""

from __future__ import annotations

import re
from typing import Final

from briefing import urls

_RESERVED: Final = re.compile("fn-|fnref-|source-[0-9]+$")


class Anchors:
    """Gives each heading its anchor: letters, digits and hyphens, so that no id of the theme, which begins with `_`, is one."""

    def __init__(self, language: str) -> None:
        """Begin without any. language: that of the headings, by which they are transliterated."""
        self._language = language
        self._asked: dict[str, int] = {}  # how many headings asked for it

    def give(self, written: str, title: str) -> str:
        """The anchor of a heading with these words, for which `written` may have been asked."""
        base = _unreserved(urls.slugify(written) or urls.slugify(title, self._language) or "section")
        anchor = base
        while anchor in self._asked:
            self._asked[base] += 1
            anchor = _unreserved(f"{base}-{self._asked[base]}")
        self._asked[anchor] = 1
        return anchor


def _unreserved(anchor: str) -> str:
    return f"section-{anchor}" if _RESERVED.match(anchor) else anchor
