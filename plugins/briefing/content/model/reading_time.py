"""How long a text takes to read."""

from __future__ import annotations

from typing import Final

_WORDS_A_MINUTE: Final = 200


def reading_minutes(words: int) -> int:
    """Whole minutes to read so many words, at 200 words a minute, at least one."""
    return max(1, round(words / _WORDS_A_MINUTE))
