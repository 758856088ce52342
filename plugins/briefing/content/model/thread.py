"""A thread: one subject followed over many stories."""

from __future__ import annotations

from dataclasses import dataclass, field

from briefing.content.frontmatter.field_types import (  # noqa: TC001 - pydantic reads the annotations at run time
    Extra,
    Line,
    Text,
)
from briefing.content.frontmatter.keys import FrontMatter, key
from briefing.content.model.body import Body  # noqa: TC001 - as above


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadFrontMatter(FrontMatter):
    """The front matter of content/threads/ID.md."""

    title: Line = field(metadata=key("the thread's title"))
    summary: Text = field(metadata=key("one or two sentences of plain text"))
    extra: Extra = field(default_factory=dict, compare=False, metadata=key("your own keys", shown=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread(ThreadFrontMatter):
    """One subject followed over many stories."""

    id: str
    path: str
    body: Body
