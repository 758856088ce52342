"""Names of new files: readable, short enough for every file system, and taken by nothing else."""

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


def slug_of(title: str, language: str = "") -> str:
    """The title's slug in at most 80 bytes of UTF-8, "story" where it has none; the slug of a slug is itself.

    A longer one is cut between words, or in a word where that would leave less than half.
    """
    slug = _settled(title, language) or "story"
    if len(slug.encode()) <= MAX_SLUG_BYTES:
        return slug
    words = slug.encode()[: MAX_SLUG_BYTES + 1].rpartition(b"-")[0].decode()
    if len(words.encode()) * 2 >= MAX_SLUG_BYTES:
        return words
    return slug.encode()[:MAX_SLUG_BYTES].decode(errors="ignore").rstrip("-")


def _settled(text: str, language: str) -> str:
    """The slug that is its own slug: `check` asks that of a file's name, and a sign may fold in two steps."""
    slug = urls.slugify(text, language)
    return slug if slug == text else _settled(slug, language)


def taken(folder: Path) -> frozenset[str]:
    """The identities that files under a folder have, in the form in which two may not meet (see `same`)."""
    names = chain.from_iterable(files for _, _, files in os.walk(folder))
    return frozenset(same(name.removesuffix(".md")) for name in names if name.endswith(".md"))


def same(name: str) -> str:
    """The form in which names that differ only by case or by Unicode's ways to write a letter are one."""
    return unicodedata.normalize("NFC", name).casefold()


def numbered(name: str) -> Iterator[str]:
    """`x`, `x-2`, `x-3`, ..."""
    return chain([name], (f"{name}-{number}" for number in count(2)))
