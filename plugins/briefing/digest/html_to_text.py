"""Safe HTML -> lines for `text_part`: paragraphs, lists, headings, quotations, table rows, and marked links."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

from briefing.digest.text_layout import Outline, Table
from briefing.digest.text_part import VERBATIM, citation, link

_PARAGRAPHS = frozenset({"p", "div", "figure", "figcaption", "dl", "dt", "details", "summary"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_MARGINS = {"blockquote": "> ", "dd": "  "}
_NOTE_NUMBER = "footnote-reference"
_NOTE_LABEL = "footnote-definition-label"
_CITATION = re.compile(r"\[([0-9]{1,4})\]")
_SPACES = re.compile(r"[ \t\r\n]+")


def to_plain_text(html: str) -> str:
    """The text of HTML that has passed the allow-list, one line for each paragraph.

    Emphasis is dropped, a picture becomes its alternative text in brackets, a table row becomes
    `- Heading: cell; Heading: cell`, code keeps its lines. A footnote's number is in brackets. A citation `[1]` keeps
    its number. A link within the text (`#note`) becomes its text in brackets.
    """
    reader = _TextReader()
    reader.feed(html)
    reader.close()
    return reader.text()


class _TextReader(HTMLParser):
    """Collects inline text, and writes it as a line when a block begins or ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._outline = Outline()
        self._table = Table()
        self._inline: list[str] = []
        self._links: list[tuple[str, int]] = []
        self._depth = 0
        self._in_cell = self._is_label = False
        self._sup = ""

    def text(self) -> str:
        """The whole text."""
        self._end_line()
        return "\n".join(self._outline.lines)

    def handle_data(self, data: str) -> None:
        self._inline.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        match tag:
            case "a":
                self._links.append((values.get("href", ""), len(self._inline)))
            case "img":
                self._inline.append(f"[{values['alt']}]" if values.get("alt") else "")
            case "q":
                self._inline.append("\u201c")
            case "sup":
                self._sup = values.get("class", "")
                self._inline.append("(" if self._sup in {_NOTE_NUMBER, _NOTE_LABEL} else "^" if not self._sup else "")
                self._is_label = self._sup == _NOTE_LABEL
            case "td" | "th":
                self._in_cell = True
            case "p" if self._is_label:
                self._is_label = False  # a footnote begins on its number's line
            case _ if not self._in_cell:
                self._begin_block(tag, values)

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "a" if self._links:
                self._end_link(*self._links.pop())
            case "q":
                self._inline.append("\u201d")
            case "sup":
                self._inline.append({_NOTE_NUMBER: ")", _NOTE_LABEL: ") "}.get(self._sup, ""))
                self._sup = ""
            case "td" | "th":
                self._table.add(self._taken())
                self._in_cell = False
            case "tr":
                self._outline.write_all(self._table.end_row())
            case _ if not self._in_cell:
                self._finish_block(tag)

    def _begin_block(self, tag: str, values: dict[str, str]) -> None:
        match tag:
            case "ul" | "ol":
                start = values.get("start", "1")
                self._end_line(apart=not self._depth)
                self._depth += 1
                self._outline.begin_list((int(start) if start.isdecimal() else 1) if tag == "ol" else None)
            case "li":
                self._end_line()
                self._outline.begin_item()
            case "blockquote" | "dd":
                self._end_line(apart=tag == "blockquote")
                self._outline.indent(_MARGINS[tag])
            case "hr":
                self._end_line(apart=True)
                self._outline.write("* * *")
                self._outline.gap()
            case "pre" | "table":
                self._end_line(apart=True)
                self._table = Table()
            case _ if tag == "br" or tag in _PARAGRAPHS or tag in _HEADINGS:
                self._end_line(apart=tag in _HEADINGS)

    def _finish_block(self, tag: str) -> None:
        match tag:
            case "ul" | "ol":
                self._depth -= 1
                self._end_line(apart=not self._depth)
                self._outline.end_list()
            case "li" | "blockquote" | "dd":
                self._end_line(apart=tag == "blockquote")
                self._outline.outdent()
            case "pre":
                if code := self._code():
                    self._outline.write_all(f"{VERBATIM}    {line}" for line in code.split("\n"))
                self._outline.gap()
            case "table":
                self._outline.gap()
            case _ if tag in _PARAGRAPHS or tag in _HEADINGS:
                self._end_line(apart=True)
                if tag == "h2":
                    self._outline.underline()

    def _end_link(self, href: str, start: int) -> None:
        text = "".join(self._inline[start:])
        del self._inline[start:]
        if not href or href.startswith("#"):
            self._inline.append(f"({text})" if href and not self._sup else text)
        elif cited := _CITATION.fullmatch(text):
            self._inline.append(citation(cited[1], href))
        elif text.strip() in {href, href.removeprefix("mailto:")}:
            self._inline.append(f"{urlsplit(href).hostname or text.strip()} {link(href)}")
        else:
            self._inline.append(f"{text} {link(href)}")

    def _end_line(self, *, apart: bool = False) -> None:
        if text := self._taken():
            self._outline.write(text)
        if apart:
            self._outline.gap()

    def _taken(self) -> str:
        text = _SPACES.sub(" ", "".join(self._inline)).strip(" ")
        self._inline.clear()
        return text

    def _code(self) -> str:
        text = "".join(self._inline).strip("\n")
        self._inline.clear()
        return text
