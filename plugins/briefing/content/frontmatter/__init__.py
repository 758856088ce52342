"""Text -> front matter: bytes to text, text to values with their lines, values to a validated shape.

document, problems = read(data, "content/stories/2026/2026-03-30-x.md")
front_matter, problems = validate(StoryFrontMatter, document)

The shapes are declared with the models that are made from them, in `content.model`.
"""

from briefing.content.frontmatter.document import MAX_BYTES, Document, read
from briefing.content.frontmatter.messages import FOREIGN_KEYS
from briefing.content.frontmatter.validation import validate

__all__ = ["FOREIGN_KEYS", "MAX_BYTES", "Document", "read", "validate"]
