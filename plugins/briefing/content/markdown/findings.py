"""What is found while a text is read, and where."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

from briefing import weblinks
from briefing.content.markdown.link_targets import destination
from briefing.content.markdown.raw_html import OpenTags
from briefing.content.model import Heading, Reference
from briefing.errors import Check, InvalidValueError, Problem, Weight

if TYPE_CHECKING:
    from collections.abc import Iterable

    from briefing.content.markdown.leftovers import Leftover
    from briefing.content.markdown.missed_links import MissedLink
    from briefing.content.markdown.text import Text

_TODO: Final = re.compile(r"TODO\b")
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")


@dataclass(slots=True)
class MarkdownSurvey:
    """What a text contains, in the order of the text. `text` is what readers read, in pieces.

    is_whole: the text was read to its end.
    missed_links: with places in bytes of the text as UTF-8.
    """

    text: list[str] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    todos: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    is_whole: bool = False
    missed_links: list[MissedLink] = field(default_factory=list)


class Findings:
    """A survey in the making, at a place in the text that moves on.

    place: in bytes of the text as UTF-8.
    open_tags: the HTML elements that are open. images: whether each picture being read has alternative text.
    broken_images: what was written as pictures in the block, and is reported.
    """

    def __init__(self, text: Text) -> None:
        """Begin at the start of the text."""
        self.text = text
        self.survey = MarkdownSurvey()
        self.place = 0
        self.open_tags = OpenTags()
        self.images: list[bool] = []
        self.broken_images: set[str] = set()

    @cached_property
    def source(self) -> bytes:
        """The text in bytes, as pyromark counts."""
        return self.text.markdown.encode()

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(newline.end() for newline in re.finditer(b"\n", self.source))]

    def line(self) -> int:
        """The line of the place, in the file."""
        return self.text.first_line + bisect_right(self._line_starts, self.place) - 1

    def problem(self, what: str, hint: str, weight: Weight = Weight.ERROR, check: Check | Literal[""] = "") -> None:
        """Report a problem at the place."""
        self.survey.problems.append(Problem(self.text.path, what, hint, "body", self.line(), weight, check))

    def words(self, words: str) -> None:
        """Take words that readers read, or the alternative text of a picture."""
        self.refuse_control_characters(words)
        if self.images:
            self.images[-1] |= bool(words.strip())
        elif "figcaption" not in self.open_tags.names:
            begins_a_line = not self.survey.text or self.survey.text[-1] in {"\n", " "}
            if begins_a_line and _TODO.match(words):
                self.survey.todos.append(self.line())
            self.survey.text.append(words)

    def refuse_control_characters(self, text: str) -> None:
        """Report a control character; Markdown's entities can write any."""
        control = _CONTROL.search(text)
        if control:
            self.problem(f"an entity encodes the control character U+{ord(control[0]):04X}", "remove it")

    def reference(self, target: str, *, is_image: bool) -> None:
        """Take a link or picture."""
        self.survey.references.append(Reference(target, self.line(), is_image))
        try:
            kind, path = destination(target, self.text.file)
        except InvalidValueError as error:
            self.problem(error.what, error.hint)
            return
        for doubt in weblinks.doubts(target) if kind == "out" else ():
            self.problem(doubt.what, doubt.hint, Weight.WARNING, doubt.check)
        if is_image and kind != "file" and not (kind == "out" and self.text.allow_remote_images):
            hint = "put the picture into content/images/ and write {static}/images/..."
            self.problem(f"the picture `{weblinks.excerpt(target)}` is not under content/", hint)
        elif is_image and path.lower().endswith(".svg") and not self.text.allow_svg:
            hint = "use PNG, JPEG or WebP, or set `allow_svg` in BRIEFING"
            self.problem(f"`{weblinks.excerpt(path, len(path))}` is an SVG file", hint)

    def leftovers(self, found: Iterable[tuple[int, Leftover]]) -> None:
        """Warn of Markdown that is shown as written, each at its place."""
        here = self.place
        for self.place, shown in found:
            if shown.written not in self.broken_images:
                what = f"`{weblinks.excerpt(shown.written, _fault_in(shown.written))}` is shown as written"
                self.problem(what, shown.hint, Weight.WARNING, check="markdown-shown")
        self.place = here
        self.broken_images.clear()


def _fault_in(shown: str) -> int:
    """Where the fault of a link that was not understood probably is: at a space in its address, else at its end."""
    space = shown.find(" ", max(shown.find("]("), 0))
    return space if space > 0 else len(shown)
