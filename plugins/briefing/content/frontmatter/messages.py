"""Pydantic's errors as what is wrong and what to do, in words for curators."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Final

from briefing.content.frontmatter.field_types import EMPTY
from briefing.content.frontmatter.values import Unquoted
from briefing.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

FOREIGN_KEYS: Final = {
    "category": "topic",
    "author": "authors",
    "description": "summary",
    "excerpt": "summary",
    "draft": "status",
    "lastmod": "modified",
    "redirect_from": "aliases",
}
"""Other generators' names for a story's keys, and our names."""

_FEW = 12
_SHOWN = 60
_KINDS = {"dict": "a mapping", "list": "a list", "str": "text", "NoneType": "empty"}


def explain(error: Any, names: Collection[str], key: str) -> tuple[str, str]:  # noqa: ANN401 - ErrorDetails varies by type
    """What is wrong and what to do; the latter is "" if the key's description says it.

    names: the keys that are known where `key` stands, or that its value should contain.
    """
    value = error["input"]
    if value is None and error["type"].endswith(("_type", "_error", "enum")):
        return EMPTY, ""
    if error["type"] == "unexpected_keyword_argument":
        return "is an unknown key", _suggested(key, [*names])
    if error["type"] == "dataclass_type":
        return f"is {_kind(value)}, not a mapping", f"write `key: value` pairs: {', '.join(names)}"
    explained = _EXPLAINED.get(error["type"])
    return explained(value, error) if explained else (f"{_quoted(value)} is not valid", "")


def _invalid_value(value: object, error: Any) -> tuple[str, str]:  # noqa: ANN401
    cause = error["ctx"]["error"]
    if isinstance(cause, InvalidValueError):
        return cause.what, cause.hint
    return f"{_quoted(value)} is not valid", ""


def _not_a_choice(value: object, error: Any) -> tuple[str, str]:  # noqa: ANN401
    expected = str(error["ctx"]["expected"])
    near = difflib.get_close_matches(str(value).lower(), expected.replace("'", "").replace(",", "").split(), n=1)
    hint = f"did you mean `{near[0]}`?" if near else "write one of them"
    return f"{_quoted(value)} is not {expected.replace(chr(39), '`')}", hint


def _not_text(value: object, error: Any) -> tuple[str, str]:  # noqa: ANN401
    del error
    if isinstance(value, Unquoted):
        return f"`{value.written}` is {value.reads_as} in YAML", f'quote it: "{value.written}"'
    if isinstance(value, dict) and len(value) == 1:
        key, text = next(iter(value.items()))
        if isinstance(text, str | Unquoted):
            return "contains a colon that YAML reads as the end of a key", f'quote it: "{key}: {_plain(text)}"'
    return f"is {_kind(value)}, not text", ""


def _not_a_list(value: object, error: Any) -> tuple[str, str]:  # noqa: ANN401
    del error
    return f"is {_kind(value)}, not a list", "write each item on its own line after `- `, or write [a, b]"


def _too_short(value: Any, error: Any) -> tuple[str, str]:  # noqa: ANN401
    return (EMPTY if not value else f"has {len(value)} of at least {error['ctx']['min_length']}"), ""


_EXPLAINED: dict[str, Callable[[Any, Any], tuple[str, str]]] = {
    "missing": lambda _value, _error: ("is missing", ""),
    "value_error": _invalid_value,
    "literal_error": _not_a_choice,
    "enum": _not_a_choice,
    "string_type": _not_text,
    "string_unicode": lambda _value, _error: ("contains an invalid character", "remove it"),
    "tuple_type": _not_a_list,
    "dict_type": lambda value, _error: (f"is {_kind(value)}, not a mapping", "write `key: value` pairs"),
    "too_short": _too_short,
    "string_too_short": _too_short,
    "int_type": lambda value, _error: (f"{_quoted(value)} is not a whole number", ""),
    "greater_than_equal": lambda value, error: (f"{_quoted(value)} is less than {error['ctx']['ge']}", ""),
    "less_than_equal": lambda value, error: (f"{_quoted(value)} is greater than {error['ctx']['le']}", ""),
    "bool_type": lambda value, _error: (f"{_quoted(value)} is neither true nor false", "write true or false"),
    "string_pattern_mismatch": lambda value, _error: (f"{_quoted(value)} is not valid", ""),
}


def _suggested(key: str, known: list[str]) -> str:
    if FOREIGN_KEYS.get(key) in known:
        return f"it is called `{FOREIGN_KEYS[key]}` here; `check --fix` renames it unless that key exists"
    near = difflib.get_close_matches(key.lower(), known, n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    own = "put your own keys under `extra`"
    if len(known) > _FEW:
        return own
    keys = f"the known keys are {', '.join(known)}"
    return f"{keys}; {own}" if "extra" in known else keys


def _kind(value: object) -> str:
    return value.reads_as if isinstance(value, Unquoted) else _KINDS.get(type(value).__name__, "something else")


def _plain(value: object) -> str:
    return value.written if isinstance(value, Unquoted) else str(value)


def _quoted(value: object) -> str:
    if isinstance(value, dict | list):
        return _kind(value)
    text = _plain(value)
    return f"`{text if len(text) <= _SHOWN else text[: _SHOWN - 3] + '...'}`"
