"""Front matter as JSON Schema, by which editors complete and check it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from briefing.content.frontmatter.keys import adapter_of
from briefing.content.model import (
    CuratorFrontMatter,
    IssueFrontMatter,
    NotificationFrontMatter,
    PageFrontMatter,
    StoryFrontMatter,
    ThreadFrontMatter,
)

if TYPE_CHECKING:
    from briefing.content.frontmatter.keys import FrontMatter

_SHAPES: Final[dict[str, type[FrontMatter]]] = {
    "story": StoryFrontMatter,
    "issue": IssueFrontMatter,
    "thread": ThreadFrontMatter,
    "curator": CuratorFrontMatter,
    "page": PageFrontMatter,
    "notification": NotificationFrontMatter,
}


def schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema (2020-12) of every front matter, by the name of its kind."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {name: dialect | _untitled(adapter_of(shape).json_schema()) for name, shape in _SHAPES.items()}


def _untitled(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """The schema without pydantic's titles, which editors would show in place of the descriptions."""
    if isinstance(schema, list):
        return [_untitled(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: _untitled(part) for name, part in schema.items() if name != "title" or isinstance(part, dict)}
