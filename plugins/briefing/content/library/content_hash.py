"""A story -> a hash of what its readers see, which changes if and only if an edit after sending needs a correction.

It covers the keys that are declared with `hashed`, the day and the words of the text. Not covered: the layout of the
text, YAML's quotation marks, and the HTML that the text becomes, so that every version of this program finds the same.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from briefing.content.frontmatter.keys import adapter_of, hashed_keys
from briefing.content.model import StoryFrontMatter

if TYPE_CHECKING:
    from typing import Any


def content_hash(front_matter: StoryFrontMatter, markdown: str) -> str:
    """SHA-256 in hexadecimal; a key that is not written counts like one with the default."""
    keys: Any = hashed_keys(StoryFrontMatter)
    written = adapter_of(StoryFrontMatter).dump_python(
        front_matter, mode="json", include=keys, exclude_defaults=True, warnings=False
    )
    # Only the day, even if the date has a time.
    values = {**written, "date": front_matter.date.isoformat()[:10], "text": " ".join(markdown.split())}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
