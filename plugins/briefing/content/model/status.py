"""Whether readers see a story, an issue or a page."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from briefing.content.frontmatter.field_types import choice


class Status(StrEnum):
    """draft: built only on request. hidden: has a page, but is in no list or feed. published: everywhere."""

    DRAFT = "draft"
    HIDDEN = "hidden"
    PUBLISHED = "published"


StatusKey = Annotated[Status, choice(Status)]
