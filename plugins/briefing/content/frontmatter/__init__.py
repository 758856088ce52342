"""Text <-> front matter: bytes to text, text to values with their lines, values to validated shapes.

document, problems = read(data, "content/stories/2026/2026-03-30-x.md")
matter, problems = validate(StoryMatter, document)
"""

from briefing.content.frontmatter.document import MAX_BYTES, Document, read
from briefing.content.frontmatter.messages import ELSEWHERE
from briefing.content.frontmatter.schema import (
    CuratorMatter,
    ImageMatter,
    IssueMatter,
    LetterMatter,
    PageMatter,
    SponsorMatter,
    StoryMatter,
    ThreadMatter,
    schemas,
)
from briefing.content.frontmatter.validation import validate

__all__ = [
    "ELSEWHERE",
    "MAX_BYTES",
    "CuratorMatter",
    "Document",
    "ImageMatter",
    "IssueMatter",
    "LetterMatter",
    "PageMatter",
    "SponsorMatter",
    "StoryMatter",
    "ThreadMatter",
    "read",
    "schemas",
    "validate",
]
