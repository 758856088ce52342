"""The position of each key in a file's front matter: its lines, and the columns of key and value. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import yaml

from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Sequence

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_FENCE = re.compile(r"-{3,}[ \t]*")
_COLON = re.compile(r"[ \t]*:")
_KEEPS_BLANKS = re.compile(r"[|>]\d?\+")


class EditRefusedError(BriefingError):
    """Front matter that cannot be edited line by line: why; what to do."""


class YamlPosition(NamedTuple):
    """A position in a file: line and column, both from 0."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class KeyPosition:
    """A key of the first level and its value. Lines and columns count from 0. `..._to` is after the last character.

    colon: the column after the key's colon. items: the texts in a list, by their index.
    """

    key: str
    first_line: int
    last_line: int
    indent: int
    key_to: int
    colon: int
    value_from: YamlPosition
    value_to: YamlPosition
    items: dict[int, tuple[YamlPosition, YamlPosition]]


class FrontMatterLines:
    """A file's lines, with their own endings, and the entries of its front matter."""

    def __init__(self, text: str) -> None:
        """Parse the text. Raises EditRefusedError if it cannot be edited line by line."""
        self.lines: list[str] = _LINE.findall(text)
        plain = (line.rstrip("\r\n") for line in _LINE.findall(text.removeprefix("\ufeff")))
        fences = (number for number, line in enumerate(plain) if _FENCE.fullmatch(line))
        if next(fences, -1) != 0 or (closing := next(fences, -1)) < 0:
            msg = "there is no front matter between two lines of ---; run `check`"
            raise EditRefusedError(msg)
        pairs = _pairs("".join(f"{self.content(number)}\n" for number in range(1, closing)))
        self.entries = tuple(self._entry(key, value) for key, value in pairs)

    @property
    def last(self) -> KeyPosition | None:
        """The last entry in the front matter."""
        return self.entries[-1] if self.entries else None

    def find(self, key: str) -> KeyPosition | None:
        """Return the key's entry; None if there is none. Raises EditRefusedError if there are two."""
        found = [entry for entry in self.entries if entry.key == key]
        if len(found) > 1:
            msg = f"`{key}` appears twice; remove one"
            raise EditRefusedError(msg)
        return found[0] if found else None

    def get(self, key: str) -> KeyPosition:
        """Return the key's entry. Raises EditRefusedError if there is none."""
        entry = self.find(key)
        if entry is None:
            msg = f"there is no key `{key}`"
            raise EditRefusedError(msg)
        return entry

    def content(self, number: int) -> str:
        """Return a line without its ending."""
        return self.lines[number].rstrip("\r\n")

    def ending(self, number: int) -> str:
        """Return a line's ending."""
        return self.lines[number][len(self.content(number)) :]

    def with_lines(self, first: int, end: int, lines: Sequence[str]) -> str:
        """Return the text with the lines from `first` up to `end` replaced."""
        return "".join([*self.lines[:first], *lines, *self.lines[end:]])

    def _entry(self, key: yaml.Node, value: yaml.Node) -> KeyPosition:
        begin, name_end = _position(key.start_mark), _position(key.end_mark)
        line = self.content(begin.line)
        colon = _COLON.match(line, name_end.column)
        if not isinstance(key, yaml.ScalarNode) or colon is None or line[: begin.column].strip(" "):
            msg = f"line {begin.line + 1} is not written as `key: value`; rewrite it"
            raise EditRefusedError(msg)
        end = self._end(value)
        texts = {}
        if isinstance(value, yaml.SequenceNode):
            scalars = {number: item for number, item in enumerate(value.value) if isinstance(item, yaml.ScalarNode)}
            texts = {number: (_position(item.start_mark), self._end(item)) for number, item in scalars.items()}
        return KeyPosition(
            key=key.value,
            first_line=begin.line,
            last_line=end.line,
            indent=begin.column,
            key_to=name_end.column,
            colon=colon.end(),
            value_from=_position(value.start_mark),
            value_to=end,
            items=texts,
        )

    def _end(self, node: yaml.Node) -> YamlPosition:
        """Return the position after a value's last character. The parser includes the blank lines after a block."""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style:
            last = node.value[-1]
            return self._end(last[1] if isinstance(last, tuple) else last)
        end = _position(node.end_mark)
        if not isinstance(node, yaml.ScalarNode) or node.style not in {"|", ">"}:
            return end
        header, last_line = _position(node.start_mark), end.line - 1
        if not _KEEPS_BLANKS.search(self.lines[header.line], header.column):
            while last_line > header.line and not self.content(last_line):
                last_line -= 1
        return YamlPosition(last_line, len(self.content(last_line)))


def _pairs(text: str) -> list[tuple[yaml.Node, yaml.Node]]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        msg = "the front matter is not valid YAML; run `check`"
        raise EditRefusedError(msg) from error
    if root is None:
        return []
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        msg = "the front matter is not written as `key: value` lines; rewrite it"
        raise EditRefusedError(msg)
    pairs: list[tuple[yaml.Node, yaml.Node]] = root.value
    return pairs


def _position(mark: yaml.Mark) -> YamlPosition:
    """Return the position in the file for a mark in the front matter, which starts after the first line."""
    return YamlPosition(mark.line + 1, mark.column)
