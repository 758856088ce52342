"""The front matter of the list server's notifications."""

from __future__ import annotations

from dataclasses import dataclass, field

from briefing.content.frontmatter.field_types import Extra, Line  # noqa: TC001 - pydantic reads them at run time
from briefing.content.frontmatter.keys import FrontMatter, key


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationFrontMatter(FrontMatter):
    """The front matter of content/mail/NAME.md."""

    subject: Line = field(metadata=key("the notification's subject, in which {{ name }} is the publication's name"))
    extra: Extra = field(default_factory=dict, compare=False, metadata=key("your own keys", shown=False))
