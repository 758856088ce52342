"""A story -> the fingerprint of what its readers are told: by it, and by nothing else, an edit after sending is found.

The words count, not how they are laid out: neither the lines that they stand on, nor quotation marks and the like of
YAML. What files a story (topic, tags, thread, kind) and what says how it is kept (status, aliases, modified,
acknowledged, extra, language, what it translates) is not told. Nor is what the text becomes as HTML, so that another
version of this program finds the same.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from briefing.content.frontmatter import StoryMatter

_HASHED: Final = frozenset(
    {
        "title",
        "summary",
        "sources",
        "sentiment",
        "sentiment_reason",
        "why_it_matters",
        "key_questions",
        "disagreements",
        "authors",
        "image",
        "assisted",
        "reviewed_by",
    }
)


def content_hash(matter: StoryMatter, markdown: str) -> str:
    """SHA-256 in hexadecimal; a key that is not written counts as one that says nothing."""
    seen = matter.model_dump(mode="json", include=set(_HASHED), exclude_defaults=True, warnings=False)
    # Of a date with a time the day is told.
    whole = {**seen, "date": matter.date.isoformat()[:10], "text": " ".join(markdown.split())}
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()
