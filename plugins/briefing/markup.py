"""Markdown -> safe HTML, with its headings, its links and their lines.

CommonMark with tables, footnotes, strikethrough and task lists, read by pyromark; its HTML passes nh3's
allow-list before anything is added to it. What the allow-list would drop is reported, never dropped in silence.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from html import escape, unescape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

import nh3
import pyromark

from briefing import urls
from briefing.errors import Problem, Weight
from briefing.model import Body, Heading, Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SITE_MARK: Final = "\x1e"
"""Stands in a Body's HTML where the site's own address belongs; no text can hold it (see `frontmatter`)."""

MAX_DEPTH: Final = 32
OUTWARD: Final = frozenset({"http", "https", "mailto"})

_OPTIONS = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_HEADING_ATTRIBUTES
)
_RAW_TAGS = frozenset(
    "a abbr b blockquote br cite code dd del details dfn div dl dt em figcaption figure hr i img ins kbd li mark ol p"
    " pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul var".split()
)
_RAW_ATTRIBUTES = frozenset("href src alt title lang dir cite datetime width height colspan rowspan scope open".split())
_CLEANER = nh3.Cleaner(
    tags=set(_RAW_TAGS | {"h2", "h3", "h4", "h5", "h6", "input"}),
    clean_content_tags={"script", "style"},
    attributes={
        "*": {"lang", "dir", "title"},
        "a": {"href"},
        "img": {"src", "alt", "width", "height"},
        "blockquote": {"cite"},
        "q": {"cite"},
        "del": {"datetime", "cite"},
        "ins": {"datetime", "cite"},
        "ol": {"start"},
        "td": {"colspan", "rowspan", "class"},
        "th": {"colspan", "rowspan", "scope", "class"},
        "code": {"class"},
        "details": {"open"},
        "div": {"id", "class"},
        "sup": {"class"},
        "input": {"type", "checked"},
        **{f"h{level}": {"id"} for level in range(2, 7)},
    },
    url_schemes=set(OUTWARD),
    link_rel=None,
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>?")
_ATTRIBUTE = re.compile(r"([a-zA-Z_:][-\w:.]*)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?")
_VOID = frozenset({"br", "hr", "img", "input", "wbr"})
_ADDRESS = re.compile(r'\b(href|src)="([^"]*)"')
_HEADING = re.compile(r"<h([1-6])(?: id=\"[^\"]*\")?>")
_INPUT = re.compile(r"<input[^>]*>")
_ALIGNED = re.compile(r' style="text-align: (left|right|center)"')
_NOTE_MARK = re.compile(r'<sup class="footnote-reference"><a href="#([^"]+)">([^<]*)</a></sup>')
_NOTE = re.compile(
    r'<div class="footnote-definition" id="([^"]+)"><sup class="footnote-definition-label">([^<]*)</sup>'
)
_FIGURE = re.compile(r"<p>(<img [^>]*?) ?title=\"([^\"]*)\"([^>]*>)</p>")
_IMAGE = re.compile(rf'<img src="{SITE_MARK}([^"]*)"([^>]*)>')
_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")


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
class _Found:
    """What one pass over a text's events gathers."""

    text: list[str] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def render(text: Text) -> tuple[Body, list[Problem]]:
    """The text as HTML that is safe to show, and every problem in it.

    A text with an error among its problems has no HTML. Sizes of pictures are added by `with_sizes`.
    """
    found = _read(text)
    if any(problem.weight is Weight.ERROR for problem in found.problems):
        return Body(references=tuple(found.references)), found.problems
    html = pyromark.html(text.markdown, options=_OPTIONS)
    html = _CLEANER.clean(_ALIGNED.sub(r' class="\1"', html)).strip()
    html = _anchored(_with_tasks(_with_notes(html)), found.headings)
    html = _ADDRESS.sub(lambda match: _addressed(match, text.file), html)
    html = _FIGURE.sub(r"<figure>\1\3<figcaption>\2</figcaption></figure>", html)
    body = Body(html, count_words("".join(found.text)), tuple(found.headings), tuple(found.references))
    return body, found.problems


def with_sizes(html: str, sizes: Mapping[str, tuple[int, int]]) -> str:
    """The HTML with width and height on every picture of this site, by the picture's address."""

    def sized(match: re.Match[str]) -> str:
        width, height = sizes.get(unquote(match[1]), (0, 0))
        size = f' width="{width}" height="{height}"' if width and " width=" not in match[2] else ""
        return f'<img src="{SITE_MARK}{match[1]}"{match[2]}{size} loading="lazy">'

    return _IMAGE.sub(sized, html) if f'src="{SITE_MARK}' in html else html


def count_words(text: str) -> int:
    """Words as a reader counts them: runs between spaces that hold a letter or digit; each CJK character is one."""
    east = len(_CJK.findall(text))
    if east:
        text = _CJK.sub(" ", text)
    return east + sum(1 for word in text.split() if any(map(str.isalnum, word)))


def destination(target: str, file: str) -> tuple[str, str]:
    """Where a link leads: ("out", address), ("anchor", id), ("site", address) or ("file", path under content/).

    `file` is the linking file, relative to `content/`. Raises ValueError with what is wrong and what to write.
    """
    scheme = urlsplit(target).scheme.lower() if not target.startswith("{") else ""
    if scheme in OUTWARD and (scheme == "mailto" or urlsplit(target).netloc):
        return "out", target
    if scheme or target.startswith("//"):
        msg = f"`{_short(target)}` is no http(s) or mailto address; write https://..."
        raise ValueError(msg)
    if target.startswith("#"):
        return "anchor", target[1:]
    if target.startswith("/"):
        return "site", target[1:]
    for mark in ("{filename}", "{static}"):
        if target.startswith(mark):
            rest = target.removeprefix(mark)
            base = "" if rest.startswith("/") else posixpath.dirname(file)
            path = posixpath.normpath(posixpath.join(base, rest.lstrip("/")))
            if path.startswith(".."):
                msg = f"`{_short(target)}` leaves content/; link to a file in it"
                raise ValueError(msg)
            return "file", path
    msg = f"`{_short(target)}` is no address; write {{filename}}/stories/..., {{static}}/images/..., /a/page/ or https://..."
    raise ValueError(msg)


def _read(text: Text) -> _Found:
    found = _Found()
    events: Iterator[tuple[Any, Any]] = pyromark.events_with_range(text.markdown, options=_OPTIONS)
    line = _lines(text)
    depth = raw_depth = in_image = 0
    heading: tuple[int, str, int] | None = None
    described = False
    for event, place in events:
        kind, value = next(iter(event.items())) if isinstance(event, dict) else (event, None)
        if kind == "Text":
            described = True
            if not in_image:
                found.text.append(value)
        elif kind == "Start":
            name, details = next(iter(value.items())) if isinstance(value, dict) else (value, None)
            depth += name not in {"Item", "TableHead", "TableRow", "TableCell"}
            if depth > MAX_DEPTH:
                found.problems.append(_problem(text, line(place), "nests deeper than 32", "flatten it"))
                return found
            if name in {"Link", "Image"}:
                in_image += name == "Image"
                described = False
                _note_reference(found, text, details["dest_url"], line(place), is_image=name == "Image")
            elif name == "Heading":
                heading = (int(details["level"][1]), details["id"] or "", len(found.text))
        elif kind == "End":
            name = value if isinstance(value, str) else next(iter(value))
            depth -= name not in {"Item", "TableHead", "TableRow", "TableCell"}
            if name == "Image":
                in_image -= 1
                if not described:
                    hint = "write what it shows: ![a harbour at dawn](...); for decoration <img alt=\"\" src=...>"
                    found.problems.append(_problem(text, line(place), "a picture has no alternative text", hint))
            elif name == "Heading" and heading is not None:
                _note_heading(found, text, heading, line(place))
                heading = None
            if name not in {"Emphasis", "Strong", "Strikethrough", "Link", "Image"}:
                found.text.append("\n")
        elif kind in {"SoftBreak", "HardBreak"}:
            found.text.append(" ")
        elif kind in {"Code"}:
            found.text.append(value)
        elif kind in {"Html", "InlineHtml"}:
            raw_depth += _note_raw(found, text, value, line(place))
            if raw_depth > MAX_DEPTH:
                found.problems.append(_problem(text, line(place), "nests HTML deeper than 32", "flatten it"))
                return found
    _note_order(found, text)
    return found


def _lines(text: Text) -> Callable[[Any], int]:
    """Byte range -> line in the file; the table of line starts is only made when it is asked for."""
    starts: list[int] = []

    def line(place: Any) -> int:  # noqa: ANN401 - pyromark's Range, a TypedDict of two ints
        if not starts:
            starts.extend([0, *(i + 1 for i, byte in enumerate(text.markdown.encode()) if byte == 10)])  # noqa: PLR2004
        return text.first_line + bisect_right(starts, place["start"]) - 1

    return line


def _note_reference(found: _Found, text: Text, target: str, line: int, *, is_image: bool) -> None:
    found.references.append(Reference(target, line, is_image))
    try:
        kind, path = destination(target, text.file)
    except ValueError as error:
        what, _, hint = str(error).partition("; ")
        found.problems.append(_problem(text, line, what, hint))
        return
    if is_image and kind != "file" and not (kind == "out" and text.allow_remote_images):
        hint = "put the picture into content/images/ and write {static}/images/..."
        found.problems.append(_problem(text, line, f"the picture `{_short(target)}` is not one of content/", hint))
    if is_image and path.lower().endswith(".svg") and not text.allow_svg:
        hint = "use PNG, JPEG or WebP, or set `allow_svg` in BRIEFING"
        found.problems.append(_problem(text, line, f"the picture `{_short(target)}` is SVG", hint))


def _note_heading(found: _Found, text: Text, heading: tuple[int, str, int], line: int) -> None:
    level, given, begins = heading
    title = " ".join("".join(found.text[begins:]).split())
    if level == 1:
        found.problems.append(_problem(text, line, f"`# {title}` is a heading of the first level", "write ##: the title is the first level"))
    taken = {other.anchor for other in found.headings}
    base = urls.slugify(given) or urls.slugify(title) or "section"
    anchor, count = base, 1
    while anchor in taken:
        count += 1
        anchor = f"{base}-{count}"
    found.headings.append(Heading(level, title, anchor))


def _note_order(found: _Found, text: Text) -> None:
    above = 1
    for heading in found.headings:
        if heading.level > above + 1:
            what = f"the heading `{heading.text}` skips from level {above} to {heading.level}"
            found.problems.append(_problem(text, text.first_line, what, f"write {'#' * (above + 1)}", Weight.WARNING))
        above = heading.level


def _note_raw(found: _Found, text: Text, html: str, line: int) -> int:
    """Report what the allow-list would drop from a piece of raw HTML; the balance of its tags."""
    balance = 0
    for match in _TAG.finditer(html):
        closing, name = match[1], match[2].lower()
        if name not in _RAW_TAGS:
            hint = "write Markdown: ##" if re.fullmatch("h[1-6]", name) else "remove it, or write &lt; for the sign"
            found.problems.append(_problem(text, line, f"`<{name}>` is not allowed", hint))
            continue
        if closing:
            balance -= 1
            continue
        balance += name not in _VOID
        if name == "img" and not re.search(r"\balt\s*=", match[3]):
            found.problems.append(_problem(text, line, "a picture has no alternative text", 'write alt="..."; "" for decoration'))
        for attribute in _ATTRIBUTE.finditer(match[3]):
            key, value = attribute[1].lower(), unescape((attribute[2] or "").strip("\"'"))
            if key not in _RAW_ATTRIBUTES:
                found.problems.append(_problem(text, line, f"`{key}` is not allowed on `<{name}>`", "remove it"))
            elif key in {"href", "src"}:
                _note_reference(found, text, value, line, is_image=name == "img")
            elif key == "cite" and urlsplit(value).scheme not in OUTWARD:
                found.problems.append(_problem(text, line, f"`cite` of `<{name}>` is no web address", "write https://..."))
    return balance


def _problem(text: Text, line: int, what: str, hint: str, weight: Weight = Weight.ERROR) -> Problem:
    return Problem(text.path, what, hint, "body", line, weight)


def _short(target: str) -> str:
    return target if len(target) <= 80 else target[:77] + "..."  # noqa: PLR2004 - a line of a terminal


def _addressed(match: re.Match[str], file: str) -> str:
    """One href or src, with what leads to this site behind SITE_MARK."""
    attribute, written = match[1], unescape(match[2])
    target = unquote(written) if written.startswith("%7B") else written
    try:
        kind, rest = destination(target, file)
    except ValueError:  # only raw HTML that was reported: the page is not built
        return ""
    if kind == "file":
        path, hash_, anchor = rest.partition("#")
        rest = (urls.of_file(path) or path) + hash_ + anchor
    if kind in {"file", "site"}:
        return f'{attribute}="{SITE_MARK}{escape(urls.encoded(rest))}"'
    return match[0]


def _anchored(html: str, headings: list[Heading]) -> str:
    waiting = iter(headings)

    def opened(match: re.Match[str]) -> str:
        heading = next(waiting, None)
        return match[0] if heading is None else f'<h{match[1]} id="{escape(heading.anchor)}">'

    return _HEADING.sub(opened, html)


def _with_tasks(html: str) -> str:
    """A task's box as text: an empty form control says nothing in email, feeds and screen readers."""
    if "<input" not in html:
        return html
    done = '<span class="task" role="img" aria-label="done">\u2611</span>'
    todo = '<span class="task" role="img" aria-label="to do">\u2610</span>'
    return _INPUT.sub(lambda match: done if "checked" in match[0] else todo, html)


def _with_notes(html: str) -> str:
    """Footnotes with ids of their own and a way back."""
    if "footnote-" not in html:
        return html
    marked: set[str] = set()

    def mark(match: re.Match[str]) -> str:
        name = urls.slugify(match[1]) or match[2]
        own = "" if name in marked else f' id="fnref-{name}"'
        marked.add(name)
        return f'<sup class="footnote-reference"{own}><a href="#fn-{name}" aria-label="Footnote {match[2]}">{match[2]}</a></sup>'

    def note(match: re.Match[str]) -> str:
        name = urls.slugify(match[1]) or match[2]
        label = match[2]
        if name in marked:
            label = f'<a href="#fnref-{name}" aria-label="Back to footnote {match[2]} in the text">{match[2]}</a>'
        return f'<div class="footnote-definition" id="fn-{name}"><sup class="footnote-definition-label">{label}</sup>'

    return _NOTE.sub(note, _NOTE_MARK.sub(mark, html))
