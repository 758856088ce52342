"""One pass over a Markdown text's events: what it says, where it links, and all that is not allowed in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, Literal

import pyromark

from briefing import weblinks
from briefing.errors import Check, InvalidValueError, Problem, Weight
from briefing.content.markdown.anchors import Anchors
from briefing.content.markdown.citations import cited_source
from briefing.content.markdown.safe_html import OPTIONS, RAW_ATTRIBUTES, RAW_TAGS
from briefing.content.markdown.link_targets import destination
from briefing.content.markdown.raw_html import OpenTags, Stray, RawTag, Words, tokens
from briefing.content.markdown.preprocessing import as_written
from briefing.content.markdown.leftovers import in_html
from briefing.content.markdown.missed_links import Unlinked, addresses, unlinked
from briefing.content.markdown.literal_text import SIGNS, Unread, located
from briefing.content.model import Heading, Reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from briefing.content.markdown.preprocessing import Settled
    from briefing.content.markdown.leftovers import Leftover

MAX_DEPTH: Final = 32
_TODO = re.compile(r"TODO\b")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_TO_ITS_END: Final = "put the whole address in angle brackets, up to where it ends"
_CODE = frozenset({"code", "kbd", "pre", "samp", "var"})
_LACKING = {
    "src": ("address", 'write src="{static}/images/..."'),
    "alt": ("alternative text", 'write alt="..."; "" for decoration'),
}
_CITED = re.compile(r"\[?([0-9]{1,4})\]?")
_SHOWN_AS_THEY_ARE = frozenset({"a", "code", "kbd", "pre", "samp", "var"})
_INLINE = frozenset({"Emphasis", "Strong", "Strikethrough", "Link", "Image"})
_SHOWING = frozenset({"Link", "Image", "CodeBlock"})
_FLAT = frozenset({"Item", "TableHead", "TableRow", "TableCell"})


@dataclass(frozen=True, slots=True)
class Text:
    """A Markdown text: where it was read from (`path`), on which line it begins, what may stand in it.

    file: the same file relative to `content/`, from which relative links count. language: by which headings become anchors.
    """

    markdown: str
    path: str
    file: str
    first_line: int = 1
    allow_remote_images: bool = False
    allow_svg: bool = False
    language: str = ""


@dataclass(slots=True)
class MarkdownSurvey:
    """What a text contains. `text` is what a reader reads, in pieces; references are in the order of the text.

    is_whole: the text was read to its end.
    unlinked: with places in bytes of the text as UTF-8.
    """

    text: list[str] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    todos: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    is_whole: bool = False
    unlinked: list[Unlinked] = field(default_factory=list)


def survey(text: Text, origin: Settled | None = None) -> MarkdownSurvey:
    """Walk through the text; stops where it nests deeper than 32, before anything recursive sees it.

    origin: how the text came from its author's, whom messages quote.
    """
    walk = _SurveyWalk(text, origin or as_written(text.markdown))
    for event, place in pyromark.events_with_range(text.markdown, options=OPTIONS):
        walk.take(event, place["start"], place["end"])
        if max(walk.depth, len(walk.open_tags.names)) > MAX_DEPTH:
            walk.problem("nests deeper than 32", "flatten it")
            break
    else:
        walk.end()
    return walk.found


class _SurveyWalk:
    def __init__(self, text: Text, origin: Settled) -> None:
        self.found = MarkdownSurvey()
        self.depth = 0
        self.open_tags = OpenTags()
        self._text = text
        self._starts: list[int] = []
        self._place = 0
        self._block: list[tuple[str, int]] | None = None  # of the HTML block being read, the lines and their places
        self._anchors = Anchors(text.language)
        self._notes: set[str] = set()
        self._unread = Unread(origin)
        self._is_autolink = False
        self._link: tuple[str, int] | None = None  # where it leads, and how much text was before it
        self._pictures: list[bool] = []  # for each picture being read: has it alternative text?
        self._heading: tuple[int, str, int] | None = None
        self._shown = 0  # how many links, pictures and code blocks are open, in which an address may stand bare
        self._run = (0, 0, False)  # of texts without a gap: begin, end, and whether a link or picture may be in it
        self._broken: set[str] = set()  # the block's pictures that are reported

    def take(self, event: Any, place: int, end: int) -> None:  # noqa: ANN401 - pyromark's events are strings and one-key dicts
        self._place = place
        kind: str
        value: Any
        kind, value = (event, "") if isinstance(event, str) else next(iter(event.items()))
        if kind != "Text" or place != self._run[1]:
            self._end_run()
        self._place = place
        if kind == "Text":
            self._read(value, place, end)
        elif kind == "Start":
            self._start(*((value, {}) if isinstance(value, str) else next(iter(value.items()))))
        elif kind == "End":
            self._end(value if isinstance(value, str) else next(iter(value)))
        elif kind == "Code":
            self._unread.add_code(place, end)
            self._say(value)
        elif kind in {"SoftBreak", "HardBreak"}:
            self._unread.add_break(place, end)
            self._say(" ")
        elif kind == "Html" and self._block is not None:
            self._block.append((value, place))
        elif kind == "InlineHtml":
            self._raw([(value, place)])

    def _read(self, words: str, place: int, end: int) -> None:
        if not self._shown and not _SHOWN_AS_THEY_ARE.intersection(self.open_tags.names):
            begin, _, is_wanted = self._run if place == self._run[1] else (place, 0, False)
            self._run = begin, end, is_wanted or any(sign in words for sign in ("://", "www.", "WWW.", "!["))
        if self._is_autolink:
            self._unread.add_code(place, end)
        else:
            self._unread.add(words, place, end)
        self._say(words)

    def problem(self, what: str, hint: str, weight: Weight = Weight.ERROR, check: Check | Literal[""] = "") -> None:
        self.found.problems.append(Problem(self._text.path, what, hint, "body", self._line(), weight, check))

    def end(self) -> None:
        """What only shows when the whole text has been read."""
        self._end_run()
        self.found.is_whole = True
        for name in self.open_tags.left_open():
            self.problem(f"`<{name}>` is not closed", f"write </{name}>")

    @cached_property
    def _source(self) -> bytes:
        """The text in bytes, as pyromark counts."""
        return self._text.markdown.encode()

    def _line(self) -> int:
        """The line of the event; the table of line starts is made when needed."""
        if not self._starts:
            self._starts = [0, *(newline.end() for newline in re.finditer(b"\n", self._source))]
        return self._text.first_line + bisect_right(self._starts, self._place) - 1

    def _say(self, words: str) -> None:
        self._check_signs(words)
        if self._pictures:
            self._pictures[-1] |= bool(words.strip())
        elif "figcaption" not in self.open_tags.names:
            begins_a_line = not self.found.text or self.found.text[-1] in {"\n", " "}
            if begins_a_line and _TODO.match(words):
                self.found.todos.append(self._line())
            self.found.text.append(words)

    def _report(self, found: Iterable[tuple[int, Leftover]]) -> None:
        """Warn of what is shown as it is written, at its place."""
        here = self._place
        for self._place, shown in found:
            if shown.written not in self._broken:
                what = f"`{weblinks.excerpt(shown.written, _fault_in(shown.written))}` is shown as it is written"
                self.problem(what, shown.hint, Weight.WARNING, check="markdown-shown")
        self._place = here
        self._broken.clear()

    def _end_run(self) -> None:
        """Report addresses and pictures in texts that follow each other without a gap, as they are written."""
        begin, end, is_wanted = self._run
        self._run = (0, 0, False)
        if not is_wanted:
            return
        source = self._source[begin:end].decode()
        read, place = 0, begin
        for one in unlinked(source):
            place += len(source[read : one.begin].encode())
            read = one.begin
            self._place = place
            last = place + len(source[one.begin : one.end].encode())
            self.found.unlinked.append(one._replace(begin=place, end=last))
            if one.is_picture:
                self._broken.add(source[one.begin : one.end])
                self._spaced(one)
            else:
                self._bare(one, "put it in angle brackets; `check --fix` does" if one.is_certain else _TO_ITS_END)

    def _spaced(self, found: Unlinked) -> None:
        shown = weblinks.excerpt(found.written, found.written.find(" "))
        try:
            kind, _ = destination(found.written, self._text.file)
        except ValueError:
            kind = ""
        mended = f"put it in angle brackets: ![...](<{shown}>); `check --fix` does"
        hint = mended if kind == "file" else "write the path of one of content/: ![...](<{static}/images/...>)"
        self.problem(f"the picture `{shown}` has a space in its name", hint)

    def _bare(self, found: Unlinked, hint: str) -> None:
        try:
            weblinks.refuse_deceptive(found.written)
        except InvalidValueError as error:  # mail programs make links of such
            self.problem(error.what, error.hint)
            return
        except ValueError:
            return
        what = f"`{weblinks.excerpt(found.written)}` is plain text, not a link"
        self.problem(what, hint, Weight.WARNING, "bare-address")

    def _check_signs(self, text: str) -> None:
        """Markdown's entities can write what no text may hold."""
        control = _CONTROL.search(text)
        if control:
            self.problem(f"an entity stands for the control character U+{ord(control[0]):04X}", "remove it")

    def _start(self, name: str, details: Any) -> None:  # noqa: ANN401 - see take
        self.depth += name not in _FLAT
        if name not in _INLINE:
            self._report(self._unread.left())
        self._shown += name in _SHOWING
        if name in {"Link", "Image"}:
            self._check_signs(details["title"])
            scheme = "mailto:" if details["link_type"] == "Email" else ""
            self._reference(scheme + details["dest_url"], is_image=name == "Image")
            if name == "Link":
                self._link = details["dest_url"], len(self.found.text)
                self._is_autolink = details["link_type"] in {"Autolink", "Email"}
        if name == "Image":
            self._pictures.append(False)
        elif name == "Heading":
            self._heading = int(details["level"][1]), details["id"] or "", len(self.found.text)
            if details["classes"] or details["attrs"]:
                self.problem("a heading takes no attributes but its anchor", "write {#anchor} alone behind it")
        elif name == "CodeBlock":
            self._check_signs(details["Fenced"] if isinstance(details, dict) else "")
        elif name == "HtmlBlock":
            self._block = []
        elif name == "FootnoteDefinition":
            self._note(str(details))

    def _end(self, name: str) -> None:
        self.depth -= name not in _FLAT
        self._shown -= name in _SHOWING
        if name == "Image" and not self._pictures.pop():
            hint = 'write what it shows: ![a harbour at dawn](...); for decoration <img alt="" src=...>'
            self.problem("a picture has no alternative text", hint)
        elif name == "Link" and self._link is not None:
            self._end_link(*self._link)
        elif name == "Heading" and self._heading is not None:
            self._end_heading(*self._heading)
        elif name == "HtmlBlock" and self._block is not None:
            self._raw(self._block)
            self._block = None
        if name not in _INLINE:
            if name == "CodeBlock":
                self._unread.clear()
            self._report(self._unread.left())
            self.found.text.append("\n")

    def _end_heading(self, level: int, given: str, begins: int) -> None:
        title = " ".join("".join(self.found.text[begins:]).split())
        if level == 1:
            self.problem(f"`# {title}` is a heading of the first level", "write ##: the title is the first level")
        above = self.found.headings[-1].level if self.found.headings else 1
        if level > above + 1:
            what = f"the heading `{title}` skips from level {above} to {level}"
            self.problem(what, f"write {'#' * (above + 1)}", Weight.WARNING, check="heading-order")
        self.found.headings.append(Heading(level, title, self._anchors.give(given, title)))

    def _end_link(self, target: str, begins: int) -> None:
        """A citation is no word, and its number is that of the source to which it leads."""
        self._link, self._is_autolink = None, False
        is_within = target.startswith(("#", "{", "/")) and not target.startswith("//")
        number = cited_source(target.partition("#")[2]) if is_within else None
        said = _CITED.fullmatch("".join(self.found.text[begins:]))
        if number is None or said is None:
            return
        del self.found.text[begins:]
        if int(said[1]) != number:
            what = f"the citation [{said[1]}] leads to source {number}"
            self.problem(what, f"write [{number}](#source-{number}) or [{said[1]}](#source-{said[1]})")

    def _note(self, name: str) -> None:
        if name in self._notes:
            self.problem(f"the footnote `{weblinks.excerpt(name)}` is written twice", "name one of them differently")
        self._notes.add(name)

    def _reference(self, target: str, *, is_image: bool) -> None:
        self.found.references.append(Reference(target, self._line(), is_image))
        try:
            kind, path = destination(target, self._text.file)
        except InvalidValueError as error:
            self.problem(error.what, error.hint)
            return
        for doubt in weblinks.doubts(target) if kind == "out" else ():
            self.problem(doubt.what, doubt.hint, Weight.WARNING, doubt.check)
        if is_image and kind != "file" and not (kind == "out" and self._text.allow_remote_images):
            hint = "put the picture into content/images/ and write {static}/images/..."
            self.problem(f"the picture `{weblinks.excerpt(target)}` is not one of content/", hint)
        elif is_image and path.lower().endswith(".svg") and not self._text.allow_svg:
            hint = "use PNG, JPEG or WebP, or set `allow_svg` in BRIEFING"
            self.problem(f"`{weblinks.excerpt(path, len(path))}` is SVG", hint)

    def _raw(self, lines: list[tuple[str, int]]) -> None:
        """A piece of HTML, in lines with their places: whatever the allow-list would drop is a problem."""
        ends = list(accumulate(len(line) for line, _ in lines))
        for token in tokens("".join(line for line, _ in lines)):
            if isinstance(token, Words):
                self._words(token, [place for _, place in lines[bisect_right(ends, token.place) :]])
                continue
            self._place = lines[bisect_right(ends, token.place)][1]
            if isinstance(token, Stray):
                self.problem("holds a `<` that begins no tag", "write &lt; for the sign, or mend the tag")
            else:
                self._tag(token)
            if len(self.open_tags.names) > MAX_DEPTH:
                return

    def _words(self, words: Words, places: list[int]) -> None:
        """A text within HTML, and the places of the line in which it begins and of those behind."""
        self._say(words.text)
        if not _SHOWN_AS_THEY_ARE.intersection(self.open_tags.names):
            for bare in addresses(words.text):
                self._bare(bare, 'write <a href="...">: Markdown is not read within a block of HTML')
        if self._block and SIGNS.search(words.text) and not _CODE & {*self.open_tags.names}:
            pieces = list(zip(words.text.splitlines(keepends=True), places, strict=False))
            self._report(located(in_html(words.text), pieces))

    def _tag(self, tag: RawTag) -> None:
        if tag.parts_words:
            self._say("\n")
        if tag.name not in RAW_TAGS:
            hint = "write Markdown: ##" if re.fullmatch("h[1-6]", tag.name) else "remove it, or write &lt; for the sign"
            self.problem(f"`<{tag.name}>` is not allowed", hint)
            return
        fault = self.open_tags.take(tag)
        if fault:
            self.problem(fault, "close each element within the one that it stands in")
        keys = [key for key, _ in tag.attributes]
        for key in ("src", "alt") if tag.name == "img" and not tag.closes else ():
            if key not in keys:
                lacks, hint = _LACKING[key]
                self.problem(f"a picture has no {lacks}", hint)
        for key in (key for key, count in Counter(keys).items() if count > 1):
            self.problem(f"`{key}` stands twice on `<{tag.name}>`", "keep one")
        for key, value in tag.attributes:
            self._attribute(tag.name, key, value)

    def _attribute(self, name: str, key: str, value: str) -> None:
        self._check_signs(value)
        if key not in RAW_ATTRIBUTES["*"] | RAW_ATTRIBUTES.get(name, frozenset()):
            self.problem(f"`{key}` is not allowed on `<{name}>`", "remove it")
        elif key in {"href", "src"}:
            self._reference(value, is_image=name == "img")
        elif key == "cite":
            self._cite(name, value)

    def _cite(self, name: str, value: str) -> None:
        try:
            kind, _ = destination(value, self._text.file)
        except InvalidValueError as error:
            self.problem(f"`cite` of `<{name}>`: {error.what}", error.hint)
            return
        if kind != "out":
            self.problem(f"`cite` of `<{name}>` is not a valid web address", "write https://...")


def _fault_in(shown: str) -> int:
    """Where in a link that was not understood its fault probably is: at a space in its address, else at its end."""
    space = shown.find(" ", max(shown.find("]("), 0))
    return space if space > 0 else len(shown)
