"""Write values as YAML on one line, with quotes only if they are needed. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

Value = str | bool | int | list[str] | tuple[str, ...] | None

# A text of only these characters that begins with a letter, a slash or a date is a text or a date in any YAML.
_PLAIN = re.compile(r"(?:/|[^\W\d_]|\d{4}-\d{2}-\d{2}(?=$|-))[\w./-]*(?: [\w/-][\w./-]*)*")
_WORDS: Final = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPED = re.compile('[\\\\"\x00-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]')


def to_yaml(value: Value) -> str:
    """Return the value as YAML for a line `key: value`. A list becomes `[a, b]`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return value if is_plain(value) else quoted(value)
    return _flow_list(value)


def quoted(text: str) -> str:
    """Return any text in double quotes, on one line (YAML 1.2, section 5.7)."""
    return f'"{_ESCAPED.sub(_escape, text)}"'


def is_plain(text: str) -> bool:
    """Return whether the text needs no quotes, even in a list in brackets."""
    return _PLAIN.fullmatch(text) is not None and text.casefold() not in _WORDS


def _flow_list(items: Sequence[str]) -> str:
    return f"[{', '.join(map(to_yaml, items))}]"


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    return _ESCAPES.get(char) or (f"\\x{ord(char):02X}" if ord(char) <= 0xFF else f"\\u{ord(char):04X}")  # noqa: PLR2004
