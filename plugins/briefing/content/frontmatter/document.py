"""Bytes -> text -> front matter and Markdown, and every problem that can be found without knowing the keys."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import frontmatter
from frontmatter.default_handlers import YAMLHandler

from briefing.content.frontmatter.values import CONTROL, Path, Values, read_yaml
from briefing.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES: Final = 1024 * 1024
_FENCE = re.compile(r"^-{3,}[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """A file with front matter: its values, the line of each by its path, its Markdown and the line on which that begins.

    whole: false if the front matter could not be read to its end.
    """

    path: str
    values: Mapping[str, Any]
    lines: Mapping[Path, int] = field(default_factory=dict)
    markdown: str = ""
    markdown_line: int = 1
    whole: bool = True

    def line(self, path: Path) -> int:
        """The line of a key or list item, or of its nearest parent that has one, or 1."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[:-1]
        return 1


class _EventHandler(YAMLHandler):
    """python-frontmatter's YAML handler, which reads with `read_yaml`, so that every value has a line."""

    def __init__(self, path: str) -> None:
        super().__init__(fm_boundary=_FENCE)
        self._path = path
        self.values = Values()

    def load(self, fm: str, **_: object) -> dict[str, Any]:
        # The text begins with the line end of the opening fence.
        self.values = read_yaml(fm.removeprefix("\n"), self._path, first_line=2)
        return self.values.mapping


def read(data: bytes, path: str) -> tuple[Document | None, list[Problem]]:
    """The document in a file's bytes, or None if it has no readable front matter; and every problem."""
    text, problems = _text(data, path)
    if text is None:
        return None, problems
    fences = list(_FENCE.finditer(text))
    if fences and fences[0].start() and not text[: fences[0].start()].strip():
        return None, [*problems, Problem(path, "begins with a blank line", "start the file with ---", line=1)]
    if not fences or fences[0].start() != 0:
        hint = "start the file with a line ---, then `key: value` lines, then another line ---"
        return None, [*problems, Problem(path, "has no front matter", hint, line=1)]
    if len(fences) == 1:
        return None, [
            *problems,
            Problem(path, "the front matter is not closed", "add a line --- after it", line=1),
        ]
    handler = _EventHandler(path)
    values, markdown = frontmatter.parse(text, handler=handler)
    problems += handler.values.problems
    if not handler.values.problems and not values:
        problems.append(Problem(path, "the front matter is empty", "write the required keys", line=1))
    after = fences[1].end() + 1
    skipped = len(text[after:]) - len(text[after:].lstrip())
    line = text.count("\n", 0, after + skipped) + 1
    return Document(path, values, handler.values.lines, markdown, line, handler.values.whole), problems


def _text(data: bytes, path: str) -> tuple[str | None, list[Problem]]:
    """UTF-8 with or without BOM and with any line ends -> text with LF, or None; and every problem."""
    if len(data) > MAX_BYTES:
        return None, [Problem(path, f"is larger than 1 MiB ({len(data):,} bytes)", "split the file", line=1)]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"is not UTF-8: byte 0x{data[error.start]:02X} at column {_column(data, error.start)}"
        return None, [Problem(path, what, "save the file as UTF-8", line=line)]
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        return None, [Problem(path, "is empty", "write it, or delete the file", line=1)]
    problems = []
    for found in CONTROL.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - (text.rfind("\n", 0, found.start()) + 1) + 1
        what = f"contains the control character U+{ord(found[0]):04X} at column {column}"
        problems.append(Problem(path, what, "remove it", line=line))
        if len(problems) == 5:  # noqa: PLR2004 - enough to see what kind of file it is
            break
    return (None if problems else text), problems


def _column(data: bytes, place: int) -> int:
    start = data.rfind(b"\n", 0, place) + 1
    return len(data[start:place].decode("utf-8", "replace")) + 1
