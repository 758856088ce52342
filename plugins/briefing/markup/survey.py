"""One pass over a Markdown text's events: what it says, where it links, and all that is not allowed in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Final
from urllib.parse import urlsplit

import pyromark

from briefing import urls
from briefing.errors import Problem, Weight
from briefing.markup.html import OPTIONS, RAW_ATTRIBUTES, RAW_TAGS
from briefing.markup.links import OUTWARD, destination, shortened
from briefing.model import Heading, Reference

MAX_DEPTH: Final = 32
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>?")
_ATTRIBUTE = re.compile(r"([a-zA-Z_:][-\w:.]*)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?")
_VOID = frozenset({"br", "hr", "img"})
_INLINE = frozenset({"Emphasis", "Strong", "Strikethrough", "Link", "Image"})
_FLAT = frozenset({"Item", "TableHead", "TableRow", "TableCell"})


@dataclass(frozen=True, slots=True)
class Text:
    """A Markdown text: where it was read from (`path`), on which line it begins, what may stand in it.

    file: the same file relative to `content/`, from which relative links count.
    """

    markdown: str
    path: str
    file: str
    first_line: int = 1
    allow_remote_images: bool = False
    allow_svg: bool = False


@dataclass(slots=True)
class Survey:
    """What a text holds. `text` is what a reader reads, in pieces; references are in the order of the text."""

    text: list[str] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def survey(text: Text) -> Survey:
    """Walk through the text; stops where it nests deeper than 32, before anything recursive sees it."""
    walk = _Walk(text)
    for event, place in pyromark.events_with_range(text.markdown, options=OPTIONS):
        walk.take(event, place["start"])
        if max(walk.depth, walk.raw_depth) > MAX_DEPTH:
            walk.problem("nests deeper than 32", "flatten it")
            break
    else:
        walk.check_order()
    return walk.found


class _Walk:
    def __init__(self, text: Text) -> None:
        self.found = Survey()
        self.depth = self.raw_depth = 0
        self._text = text
        self._starts: list[int] = []
        self._place = 0
        self._pictures: list[bool] = []  # for each picture being read: has it alternative text?
        self._heading: tuple[int, str, int] | None = None

    def take(self, event: Any, place: int) -> None:  # noqa: ANN401 - pyromark's events are strings and one-key dicts
        self._place = place
        kind: str
        value: Any
        kind, value = (event, "") if isinstance(event, str) else next(iter(event.items()))
        if kind == "Text":
            self._say(value)
        elif kind == "Start":
            self._start(*((value, {}) if isinstance(value, str) else next(iter(value.items()))))
        elif kind == "End":
            self._end(value if isinstance(value, str) else next(iter(value)))
        elif kind == "Code":
            self._say(value)
        elif kind in {"SoftBreak", "HardBreak"}:
            self._say(" ")
        elif kind in {"Html", "InlineHtml"}:
            for match in _TAG.finditer(value):
                self._raw(match)

    def problem(self, what: str, hint: str, weight: Weight = Weight.ERROR) -> None:
        self.found.problems.append(Problem(self._text.path, what, hint, "body", self._line(), weight))

    def check_order(self) -> None:
        above = 1
        for heading in self.found.headings:
            if heading.level > above + 1:
                what = f"the heading `{heading.text}` skips from level {above} to {heading.level}"
                self.problem(what, f"write {'#' * (above + 1)}", Weight.WARNING)
            above = heading.level

    def _line(self) -> int:
        """The line of the event; the table of line starts (in UTF-8 bytes, as pyromark counts) is made when needed."""
        if not self._starts:
            self._starts = [0, *(newline.end() for newline in re.finditer(b"\n", self._text.markdown.encode()))]
        return self._text.first_line + bisect_right(self._starts, self._place) - 1

    def _say(self, words: str) -> None:
        if self._pictures:
            self._pictures[-1] = True
        else:
            self.found.text.append(words)

    def _start(self, name: str, details: Any) -> None:  # noqa: ANN401 - see take
        self.depth += name not in _FLAT
        if name == "Link":
            self._reference(details["dest_url"], is_image=False)
        elif name == "Image":
            self._pictures.append(False)
            self._reference(details["dest_url"], is_image=True)
        elif name == "Heading":
            self._heading = int(details["level"][1]), details["id"] or "", len(self.found.text)

    def _end(self, name: str) -> None:
        self.depth -= name not in _FLAT
        if name == "Image" and not self._pictures.pop():
            hint = 'write what it shows: ![a harbour at dawn](...); for decoration <img alt="" src=...>'
            self.problem("a picture has no alternative text", hint)
        elif name == "Heading" and self._heading is not None:
            self._end_heading(*self._heading)
        if name not in _INLINE:
            self.found.text.append("\n")

    def _end_heading(self, level: int, given: str, begins: int) -> None:
        title = " ".join("".join(self.found.text[begins:]).split())
        if level == 1:
            self.problem(f"`# {title}` is a heading of the first level", "write ##: the title is the first level")
        taken = {other.anchor for other in self.found.headings}
        base = urls.slugify(given) or urls.slugify(title) or "section"
        anchor, count = base, 1
        while anchor in taken:
            count += 1
            anchor = f"{base}-{count}"
        self.found.headings.append(Heading(level, title, anchor))

    def _reference(self, target: str, *, is_image: bool) -> None:
        self.found.references.append(Reference(target, self._line(), is_image))
        try:
            kind, path = destination(target, self._text.file)
        except ValueError as error:
            what, _, hint = str(error).partition("; ")
            self.problem(what, hint)
            return
        if is_image and kind != "file" and not (kind == "out" and self._text.allow_remote_images):
            hint = "put the picture into content/images/ and write {static}/images/..."
            self.problem(f"the picture `{shortened(target)}` is not one of content/", hint)
        elif is_image and path.lower().endswith(".svg") and not self._text.allow_svg:
            hint = "use PNG, JPEG or WebP, or set `allow_svg` in BRIEFING"
            self.problem(f"the picture `{shortened(target)}` is SVG", hint)

    def _raw(self, match: re.Match[str]) -> None:
        """One HTML tag: whatever the allow-list would drop is a problem."""
        closing, name, attributes = match[1], match[2].lower(), match[3]
        if name not in RAW_TAGS:
            hint = "write Markdown: ##" if re.fullmatch("h[1-6]", name) else "remove it, or write &lt; for the sign"
            self.problem(f"`<{name}>` is not allowed", hint)
        elif closing:
            self.raw_depth -= 1
        else:
            self.raw_depth += name not in _VOID
            found = {one[1].lower(): unescape((one[2] or "").strip("\"'")) for one in _ATTRIBUTE.finditer(attributes)}
            if name == "img" and "alt" not in found:
                self.problem("a picture has no alternative text", 'write alt="..."; "" for decoration')
            for key, value in found.items():
                self._raw_attribute(name, key, value)

    def _raw_attribute(self, name: str, key: str, value: str) -> None:
        if key not in RAW_ATTRIBUTES:
            self.problem(f"`{key}` is not allowed on `<{name}>`", "remove it")
        elif key in {"href", "src"}:
            self._reference(value, is_image=name == "img")
        elif key == "cite" and urlsplit(value).scheme not in OUTWARD:
            self.problem(f"`cite` of `<{name}>` is no web address", "write https://...")
