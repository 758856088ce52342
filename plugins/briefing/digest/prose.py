"""Safe HTML -> the lines of `plain`: paragraphs, lists, headings, quotations, tables row by row, links as marks."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

from briefing.digest.plain import VERBATIM, link

_PARAGRAPHS = frozenset({"p", "div", "figure", "figcaption", "dl", "dt", "dd", "section", "details", "summary"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SPACES = re.compile(r"[ \t\r\n]+")


def prose(html: str) -> str:
    """The text of HTML that has passed the allow-list, one line for each paragraph.

    Emphasis is dropped, pictures are their alternative text, a table row becomes `Heading: cell; Heading: cell`.
    Addresses within the page (`#note`) are no links here; their text stands in brackets.
    """
    writer = _Writer()
    writer.feed(html)
    writer.close()
    return writer.text()


class _Writer(HTMLParser):
    """Collects inline text and writes it as a line where a block ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._inline: list[str] = []
        self._margins: list[str] = []
        self._bullet = ""
        self._counters: list[int | None] = []
        self._links: list[tuple[str, int]] = []
        self._apart = False
        self._verbatim = 0
        self._table = _Table()

    def text(self) -> str:
        """All that was written."""
        self._end_line()
        return "\n".join(self._lines)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in _PARAGRAPHS or tag in _HEADINGS:
            self._end_line()
        elif tag in {"ul", "ol"}:
            self._begin_list(tag, values.get("start", "1"))
        elif tag == "li":
            self._begin_item()
        elif tag == "blockquote":
            self._end_block()
            self._margins.append("> ")
        elif tag == "pre":
            self._end_block()
            self._verbatim += 1
        elif tag == "a":
            self._links.append((values.get("href", ""), len(self._inline)))
        else:
            self._void(tag, values)

    def _void(self, tag: str, values: dict[str, str]) -> None:
        if tag == "br":
            self._end_line()
        elif tag == "hr":
            self._end_block()
            self._write("* * *")
            self._apart = True
        elif tag == "img" and values.get("alt"):
            self._inline.append(f"[{values['alt']}]")
        elif tag == "input":
            self._inline.append("[x] " if "checked" in values else "[ ] ")
        elif tag == "table":
            self._end_block()
            self._table = _Table()
        elif tag in {"td", "th"}:
            self._inline.clear()

    def handle_endtag(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self._end_block()
        elif tag in _HEADINGS:
            self._end_heading(tag)
        elif tag in {"ul", "ol"}:
            self._end_list()
        elif tag == "li":
            self._end_line()
            self._margins.pop()
        elif tag == "blockquote":
            self._end_block()
            self._margins.pop()
        elif tag == "pre":
            self._end_verbatim()
        elif tag == "a" and self._links:
            self._end_link(*self._links.pop())
        else:
            self._end_of_table(tag)

    def _end_of_table(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self._table.row.append(self._taken())
        elif tag == "tr":
            for line in self._table.end_row():
                self._write(line)
        elif tag == "table":
            self._apart = True

    def handle_data(self, data: str) -> None:
        self._inline.append(data)

    def _begin_list(self, tag: str, start: str) -> None:
        self._end_line()
        if not self._counters:
            self._apart = True
        self._counters.append(int(start) if tag == "ol" and start.isdigit() else 1 if tag == "ol" else None)

    def _end_list(self) -> None:
        self._end_line()
        self._counters.pop()
        if not self._counters:
            self._apart = True

    def _begin_item(self) -> None:
        self._end_line()
        number = self._counters[-1] if self._counters else None
        if number is None:
            self._bullet = "- "
        else:
            self._bullet = f" {number}. "
            self._counters[-1] = number + 1
        self._margins.append(" " * len(self._bullet))

    def _end_heading(self, tag: str) -> None:
        self._end_block()
        if tag == "h2" and self._lines:
            self._lines.append("---")

    def _end_link(self, href: str, start: int) -> None:
        text = "".join(self._inline[start:])
        del self._inline[start:]
        if not href or href.startswith("#"):
            self._inline.append(f"({text})" if text.strip() else "")
        elif text.strip() == href:
            self._inline.append(f"{urlsplit(href).hostname or href.partition(':')[2]} {link(href)}")
        else:
            self._inline.append(f"{text} {link(href)}")

    def _end_verbatim(self) -> None:
        code = "".join(self._inline).strip("\n")
        self._inline.clear()
        self._verbatim -= 1
        for line in code.split("\n"):
            self._write(f"    {line}", VERBATIM)
        self._apart = True

    def _taken(self) -> str:
        text = _SPACES.sub(" ", "".join(self._inline)).strip(" ")
        self._inline.clear()
        return text

    def _end_line(self) -> None:
        if not self._verbatim and (text := self._taken()):
            self._write(text)

    def _end_block(self) -> None:
        self._end_line()
        self._apart = True

    def _write(self, line: str, mark: str = "") -> None:
        if self._apart and self._lines:
            self._lines.append("")
        self._apart = False
        margin = "".join(self._margins)
        if self._bullet:
            margin = margin[: -len(self._bullet)] + self._bullet
            self._bullet = ""
        self._lines.append(f"{mark}{margin}{line}")


class _Table:
    """A table's heading cells, and the row being read."""

    def __init__(self) -> None:
        self.headings: list[str] | None = None
        self.row: list[str] = []

    def end_row(self) -> list[str]:
        """The finished row as a line; nothing for the headings, which are said again with every cell."""
        row, self.row = self.row, []
        if self.headings is None:
            self.headings = row
            return []
        named = zip(self.headings, row, strict=False)
        cells = [f"{heading}: {cell}" if heading else cell for heading, cell in named if cell]
        return [f"- {'; '.join(cells)}"] if cells else []
