"""Warnings that a curator accepts."""

from __future__ import annotations

from dataclasses import dataclass, field

from briefing.content.frontmatter.field_types import Text  # noqa: TC001 - pydantic reads the annotations at run time
from briefing.content.frontmatter.keys import FrontMatter, key
from briefing.errors import Check  # noqa: TC001 - as above


@dataclass(frozen=True, slots=True)
class Acknowledgement(FrontMatter):
    """A warning that the curator has seen and accepts, and the reason."""

    check: Check = field(metadata=key("the name in parentheses after the warning"))
    reason: Text = field(metadata=key("why you accept it"))
