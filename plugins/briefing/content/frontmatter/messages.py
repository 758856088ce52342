"""Pydantic's findings in a curator's words: what is wrong, and what to do."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Final

from briefing.content.frontmatter.values import Unquoted
from briefing.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel

ELSEWHERE: Final = {
    "category": "topic",
    "author": "authors",
    "description": "summary",
    "excerpt": "summary",
    "draft": "status",
    "lastmod": "modified",
    "redirect_from": "aliases",
}
"""Other generators' names of a story's keys, and what they are called here."""

_FEW = 12
EMPTY: Final = "is empty"
_SHOWN = 60
_KINDS = {"dict": "a mapping", "list": "a list", "str": "a text", "NoneType": "empty"}


def saying(fault: Any, shape: type[BaseModel], key: str) -> tuple[str, str]:  # noqa: ANN401 - ErrorDetails varies by type
    """What is wrong; and what to do, "" where the field's description says it.

    `shape` is what the key stands in, or what its value should have been.
    """
    value = fault["input"]
    if value is None and fault["type"].endswith(("_type", "_error")):
        return EMPTY, ""
    if fault["type"] == "extra_forbidden":
        return "is an unknown key", _suggested(key, list(shape.model_fields))
    if fault["type"] == "model_type":
        return f"is {_kind(value)}, not a mapping", f"write `key: value` pairs: {', '.join(shape.model_fields)}"
    say = _SAYINGS.get(fault["type"])
    return say(value, fault) if say else (f"{_quoted(value)}: {fault['msg'][0].lower()}{fault['msg'][1:]}", "")


def _written(value: object, fault: Any) -> tuple[str, str]:  # noqa: ANN401
    del value
    error = fault["ctx"]["error"]
    return (error.what, error.hint) if isinstance(error, InvalidValueError) else (str(error), "")


def _one_of(value: object, fault: Any) -> tuple[str, str]:  # noqa: ANN401
    expected = str(fault["ctx"]["expected"])
    near = difflib.get_close_matches(str(value).lower(), expected.replace("'", "").replace(",", "").split(), n=1)
    hint = f"did you mean `{near[0]}`?" if near else "write one of them"
    return f"{_quoted(value)} is not {expected.replace(chr(39), '`')}", hint


def _text(value: object, fault: Any) -> tuple[str, str]:  # noqa: ANN401
    del fault
    if isinstance(value, Unquoted):
        return f"`{value.written}` is {value.reads_as} in YAML", f'quote it: "{value.written}"'
    if isinstance(value, dict) and len(value) == 1:
        key, said = next(iter(value.items()))
        if isinstance(said, str | Unquoted):
            return "contains a colon that YAML reads as a key", f'quote it: "{key}: {_plain(said)}"'
    return f"is {_kind(value)}, not a text", ""


def _list(value: object, fault: Any) -> tuple[str, str]:  # noqa: ANN401
    del fault
    return f"is {_kind(value)}, not a list", "write each on its own line after `- `, or [a, b]"


def _short(value: Any, fault: Any) -> tuple[str, str]:  # noqa: ANN401
    return (EMPTY if not value else f"holds {len(value)} of at least {fault['ctx']['min_length']}"), ""


_SAYINGS: dict[str, Callable[[Any, Any], tuple[str, str]]] = {
    "missing": lambda _value, _fault: ("is missing", ""),
    "value_error": _written,
    "literal_error": _one_of,
    "string_type": _text,
    "list_type": _list,
    "dict_type": lambda value, _fault: (f"is {_kind(value)}, not a mapping", "write `key: value` pairs"),
    "too_short": _short,
    "string_too_short": _short,
    "int_type": lambda value, _fault: (f"{_quoted(value)} is not a whole number", ""),
    "bool_type": lambda value, _fault: (f"{_quoted(value)} is neither true nor false", "write true or false"),
    "string_pattern_mismatch": lambda value, _fault: (f"{_quoted(value)} does not fit", ""),
}


def _suggested(key: str, known: list[str]) -> str:
    if ELSEWHERE.get(key) in known:
        return f"here it is called `{ELSEWHERE[key]}`; `check --fix` renames it where that is free"
    near = difflib.get_close_matches(key.lower(), known, n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    own = "your own keys go under `extra`"
    if len(known) > _FEW:
        return own
    keys = f"the keys here are {', '.join(known)}"
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
