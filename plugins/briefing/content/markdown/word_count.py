"""The number of words in a text."""

from __future__ import annotations

import re
from typing import Final

_EAST_ASIAN: Final = re.compile(
    "[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]"
)
_WORD: Final = re.compile("[^\\W_][^\\s\u2014\u2015]*")  # from the first letter on: one step for each character


def count_words(text: str) -> int:
    """Count runs between spaces or long dashes that contain a letter or digit, and each Chinese or Japanese character."""
    east = len(_EAST_ASIAN.findall(text))
    if east:
        text = _EAST_ASIAN.sub(" ", text)
    return east + len(_WORD.findall(text))
