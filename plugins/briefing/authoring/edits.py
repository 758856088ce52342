"""Edit front matter by changing only single lines. Pure: a text in, a text out.

A text is a whole file that `frontmatter.read` accepts, decoded with its own line endings and byte order mark
(`data.decode()`). Keys are those of the first level. Everything else stays the same: other lines, their order, quotes,
comments and line endings. Each edit is parsed before it is returned, and refused if the front matter would not contain the
intended change and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from briefing.authoring.yaml_positions import EditRefusedError, FrontMatterLines
from briefing.authoring.yaml_scalars import to_yaml
from briefing.content import frontmatter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from briefing.authoring.yaml_scalars import Value

__all__ = ["EditRefusedError", "insert_key", "remove_key", "rename_key", "set_item", "set_key"]


def set_key(text: str, key: str, value: Value, *, after: str = "") -> str:
    """Set a key's value, on one line. A comment on the last line of the key or of its value stays.

    Inserts the key if it does not exist, as `insert_key` does. Raises EditRefusedError.
    """
    lines = FrontMatterLines(text)
    entry = lines.find(key)
    if entry is None:
        return insert_key(text, key, value, after=after)
    first, last = entry.first_line, entry.last_line
    line = lines.content(first)
    head, rest = line[: entry.colon], line[entry.colon :]
    if entry.value_from.line == first:
        gap, comment = line[entry.colon : entry.value_from.column], ""
    else:
        gap, comment = "", rest.rstrip()
    tail = lines.content(last)[entry.value_to.column :]
    changed = f"{head}{gap or ' '}{to_yaml(value)}{comment}{tail}{lines.ending(first)}"
    intended = _values(text) | {key: _parse(to_yaml(value))}
    return _verified(lines.with_lines(first, last + 1, [changed]), intended)


def set_item(text: str, key: str, index: int, value: str) -> str:
    """Set the text of one item in the list `key`. The index counts from 0.

    Raises EditRefusedError if there is no such item, or it is not a text.
    """
    lines = FrontMatterLines(text)
    items = lines.get(key).items
    if index not in items:
        msg = f"`{key}` has no text as item {index + 1}"
        raise EditRefusedError(msg)
    begin, end = items[index]
    changed = lines.content(begin.line)[: begin.column] + to_yaml(value)
    changed += lines.content(end.line)[end.column :] + lines.ending(end.line)
    values = _values(text)
    values[key] = [_parse(to_yaml(value)) if number == index else item for number, item in enumerate(values[key])]
    return _verified(lines.with_lines(begin.line, end.line + 1, [changed]), values)


def rename_key(text: str, key: str, new: str) -> str:
    """Rename a key. Its value stays as it is written.

    Raises EditRefusedError if `key` does not exist, or `new` does.
    """
    lines = FrontMatterLines(text)
    entry = lines.get(key)
    _refuse_existing(lines, new)
    line = lines.lines[entry.first_line]
    changed = line[: entry.indent] + new + line[entry.key_to :]
    intended = {new if name == key else name: value for name, value in _values(text).items()}
    return _verified(lines.with_lines(entry.first_line, entry.first_line + 1, [changed]), intended)


def insert_key(text: str, key: str, value: Value, *, after: str = "") -> str:
    """Insert a line `key: value` below the key `after`, or below the last key if that does not exist.

    Raises EditRefusedError if the key exists.
    """
    lines = FrontMatterLines(text)
    _refuse_existing(lines, key)
    above = lines.find(after) or lines.last
    number = above.last_line + 1 if above else 1
    indent = " " * (above.indent if above else 0)
    line = f"{indent}{key}: {to_yaml(value)}{lines.ending(number - 1)}"
    intended = _values(text) | {key: _parse(to_yaml(value))}
    return _verified(lines.with_lines(number, number, [line]), intended)


def remove_key(text: str, key: str) -> str:
    """Remove a key and all lines of its value. Returns the text itself if the key does not exist.

    Comments above and below stay. Raises EditRefusedError.
    """
    lines = FrontMatterLines(text)
    entry = lines.find(key)
    if entry is None:
        return text
    intended = {name: value for name, value in _values(text).items() if name != key}
    return _verified(lines.with_lines(entry.first_line, entry.last_line + 1, []), intended)


def _refuse_existing(lines: FrontMatterLines, key: str) -> None:
    if lines.find(key) is not None:
        msg = f"the key `{key}` already exists"
        raise EditRefusedError(msg)


def _verified(changed: str, intended: Mapping[str, Any]) -> str:
    if _values(changed) != intended:
        msg = "this line cannot be changed without changing others; change it by hand"
        raise EditRefusedError(msg)
    return changed


def _values(text: str) -> dict[str, Any]:
    document, _ = frontmatter.read(text.encode(), "")
    return dict(document.values) if document else {}


def _parse(value: str) -> object:
    return _values(f"---\nvalue: {value}\n---\n")["value"]
