"""Edits of a front matter that change only the lines concerned. Pure: a text in, a text out.

A text is a whole file, decoded with its own line ends and byte order mark (`data.decode()`), that
`frontmatter.read` accepts. Keys are those of the first level. Everything that is not named here stays as it
is: other lines, their order, quotes, comments and line ends. Each edit is read back before it is returned: one
after which the front matter would not say what was meant, and otherwise the same, is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from briefing.authoring.yaml_positions import EditRefusedError, FrontMatterLines
from briefing.authoring.yaml_scalars import written
from briefing.content import frontmatter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from briefing.authoring.yaml_scalars import Value

__all__ = ["EditRefusedError", "insert_key", "remove_key", "rename_key", "set_item", "set_key"]


def set_key(text: str, key: str, value: Value, *, after: str = "") -> str:
    """The text in which `key` has this value, on one line; a comment on the key's or the value's last line stays.

    Where there is no such key it is inserted, as by `insert_key`. Raises EditRefusedError.
    """
    matter = FrontMatterLines(text)
    entry = matter.find(key)
    if entry is None:
        return insert_key(text, key, value, after=after)
    first, last = entry.first_line, entry.last_line
    line = matter.content(first)
    head, rest = line[: entry.colon], line[entry.colon :]
    if entry.value_from.line == first:
        gap, comment = line[entry.colon : entry.value_from.column], ""
    else:
        gap, comment = "", rest.rstrip()
    tail = matter.content(last)[entry.value_to.column :]
    changed = f"{head}{gap or ' '}{written(value)}{comment}{tail}{matter.ending(first)}"
    intended = _values(text) | {key: _read(written(value))}
    return _read_back(matter.with_lines(first, last + 1, [changed]), intended)


def set_item(text: str, key: str, place: int, value: str) -> str:
    """The text in which item `place` (from 0) of the list `key` is this text; the item must be a text now.

    Raises EditRefusedError where there is no such item.
    """
    matter = FrontMatterLines(text)
    items = matter.get(key).items
    if place not in items:
        msg = f"`{key}` has no text as item {place + 1}"
        raise EditRefusedError(msg)
    begin, end = items[place]
    changed = matter.content(begin.line)[: begin.column] + written(value)
    changed += matter.content(end.line)[end.column :] + matter.ending(end.line)
    values = _values(text)
    values[key] = [_read(written(value)) if number == place else item for number, item in enumerate(values[key])]
    return _read_back(matter.with_lines(begin.line, end.line + 1, [changed]), values)


def rename_key(text: str, key: str, new: str) -> str:
    """The text in which `key` is called `new`; its value stays as it is written.

    Raises EditRefusedError where there is no `key`, or a `new` already.
    """
    matter = FrontMatterLines(text)
    entry = matter.get(key)
    _refuse_second(matter, new)
    line = matter.lines[entry.first_line]
    changed = line[: entry.indent] + new + line[entry.key_to :]
    intended = {new if name == key else name: value for name, value in _values(text).items()}
    return _read_back(matter.with_lines(entry.first_line, entry.first_line + 1, [changed]), intended)


def insert_key(text: str, key: str, value: Value, *, after: str = "") -> str:
    """The text with a line more, `key: value`, below the key `after`, or below the last where that is not there.

    Raises EditRefusedError where the key is there already.
    """
    matter = FrontMatterLines(text)
    _refuse_second(matter, key)
    above = matter.find(after) or matter.last
    place = above.last_line + 1 if above else 1
    indent = " " * (above.indent if above else 0)
    line = f"{indent}{key}: {written(value)}{matter.ending(place - 1)}"
    intended = _values(text) | {key: _read(written(value))}
    return _read_back(matter.with_lines(place, place, [line]), intended)


def remove_key(text: str, key: str) -> str:
    """The text without `key` and all lines of its value; the text itself where there is no such key.

    Comments above and below stay. Raises EditRefusedError.
    """
    matter = FrontMatterLines(text)
    entry = matter.find(key)
    if entry is None:
        return text
    intended = {name: value for name, value in _values(text).items() if name != key}
    return _read_back(matter.with_lines(entry.first_line, entry.last_line + 1, []), intended)


def _refuse_second(matter: FrontMatterLines, key: str) -> None:
    if matter.find(key) is not None:
        msg = f"there is a key `{key}` already"
        raise EditRefusedError(msg)


def _read_back(changed: str, intended: Mapping[str, Any]) -> str:
    if _values(changed) != intended:
        msg = "the line cannot be changed without its neighbours; change it by hand"
        raise EditRefusedError(msg)
    return changed


def _values(text: str) -> dict[str, Any]:
    document, _ = frontmatter.read(text.encode(), "")
    return dict(document.values) if document else {}


def _read(value: str) -> object:
    return _values(f"---\nvalue: {value}\n---\n")["value"]
