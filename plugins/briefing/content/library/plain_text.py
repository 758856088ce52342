"""Front matter is plain text: Markdown in it would be shown to readers as it is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel

from briefing.content import markdown
from briefing.content.frontmatter.values import field_of
from briefing.errors import Problem, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.content.frontmatter import Document

    Steps = tuple[str | int, ...]

_ADDRESS: Final = re.compile(r"https?://\S*")
_NOT_SHOWN: Final = frozenset({"acknowledged", "aliases", "authors", "extra", "file", "lang", "stories", "url"})


def shown_markdown(matter: BaseModel, document: Document) -> Iterator[Problem]:
    """A warning for each piece of Markdown in what readers are shown of a front matter."""
    for steps, text in _texts(matter, ()):
        for shown in markdown.in_plain_text(text):
            what = f"`{shown.written}` is shown as it is written"
            line = document.line(steps)
            yield Problem(
                document.path, what, shown.hint, field_of(steps), line, Weight.WARNING, check="markdown-shown"
            )


def _texts(value: object, steps: Steps) -> Iterator[tuple[Steps, str]]:
    if isinstance(value, str):
        if not _ADDRESS.fullmatch(value):
            yield steps, value
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _texts(item, (*steps, place))
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if name not in _NOT_SHOWN:
                yield from _texts(getattr(value, name), (*steps, name))
