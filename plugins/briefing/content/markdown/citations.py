"""Citations: `[^s1]` or `[1](#source-1)` in a text links to the story's first source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.content.markdown.inline import Block

_SHORT: Final = re.compile(rb"(?<!\\)(!?)\[\^s([1-9][0-9]{0,3})\]")
_ANCHOR: Final = re.compile(r"source-([0-9]{1,4})")


def cited_source(anchor: str) -> int | None:
    """The number of the source that an anchor names, or None."""
    found = _ANCHOR.fullmatch(anchor)
    return int(found[1]) if found else None


def cited(block: Block) -> Iterator[tuple[int, int, bytes]]:
    """The short citations of a block as links: where each begins and ends, and what to write there.

    There are none within a link. A `!` before one is escaped, so that it does not become a picture.
    """
    for stretch in block.stretches:
        if any(name.startswith("Link ") for name in stretch.within):
            continue
        for found in _SHORT.finditer(stretch.text):
            sign = b"\\!" if found[1] else b""
            start, end = stretch.start + found.start(), stretch.start + found.end()
            yield start, end, b"%b[%b](#source-%b)" % (sign, found[2], found[2])
