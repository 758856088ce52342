"""Names for new files: readable, short enough for every file system, and unique."""

from __future__ import annotations

import os
import unicodedata
from itertools import chain, count
from typing import TYPE_CHECKING, Final

from briefing import urls

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_SLUG_BYTES: Final = 80


def slug_for(title: str, language: str = "") -> str:
    """Return the title's slug in at most 80 bytes of UTF-8, or "story" if it has none. The slug of a slug is itself.

    A longer slug is cut between words, or inside a word if less than half would be left.
    """
    slug = _stable_slug(title, language) or "story"
    if len(slug.encode()) <= MAX_SLUG_BYTES:
        return slug
    words = slug.encode()[: MAX_SLUG_BYTES + 1].rpartition(b"-")[0].decode()
    if len(words.encode()) * 2 >= MAX_SLUG_BYTES:
        return words
    return slug.encode()[:MAX_SLUG_BYTES].decode(errors="ignore").rstrip("-")


def _stable_slug(text: str, language: str) -> str:
    """Return a slug that is its own slug, as `check` requires for file names. A character may take two steps."""
    slug = urls.slugify(text, language)
    return slug if slug == text else _stable_slug(slug, language)


def existing_ids(folder: Path) -> frozenset[str]:
    """Return the ids of all Markdown files below a folder, normalized."""
    names = chain.from_iterable(files for _, _, files in os.walk(folder))
    return frozenset(normalize(name.removesuffix(".md")) for name in names if name.endswith(".md"))


def normalize(name: str) -> str:
    """Return a form that is the same for names that differ only in case or in Unicode's encoding of letters."""
    return unicodedata.normalize("NFC", name).casefold()


def numbered(name: str) -> Iterator[str]:
    """Yield `x`, `x-2`, `x-3`, ..."""
    return chain([name], (f"{name}-{number}" for number in count(2)))
