"""Pydantic's errors in the settings as what is wrong and what to do."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Mapping

_MANUAL: Final = "see docs/reference/settings.md"
# What a value should be, by the type of the error (https://docs.pydantic.dev/latest/errors/validation_errors/).
_EXPECTED: Final[Mapping[str, str]] = {
    "bool_type": "True or False",
    "dict_type": "a dictionary",
    "float_type": "a number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_type": "a dictionary",
    "string_type": "text in quotes",
    "tuple_type": "a list",
}
_LIMITS: Final[Mapping[str, tuple[str, str, str]]] = {
    "greater_than_equal": ("ge", "less than", "or more"),
    "less_than_equal": ("le", "more than", "or less"),
}


def explain(error: Any, model: type[BaseModel]) -> tuple[str, str]:  # noqa: ANN401 - pydantic's ErrorDetails, whose parts vary
    """What is wrong with a setting of a model, and what to do. Never pydantic's own words."""
    fields, name = _fields_at(error, model)
    description = fields[name].description if name in fields else ""
    wanted = f"{description[0].lower()}{description[1:]}".removesuffix(".") if description else ""
    value, kind, context = error["input"], error["type"], error.get("ctx", {})
    match kind:
        case "value_error":
            cause = context["error"]
            what, hint = getattr(cause, "what", str(cause)), getattr(cause, "hint", "") or wanted
        case "extra_forbidden":
            near = difflib.get_close_matches(name, fields, n=1)
            what = "is an unknown setting"
            hint = f"did you mean `{near[0]}`?" if near else f"the known settings are {', '.join(fields)}"
        case "missing":
            what, hint = "is missing", wanted
        case _ if kind in _EXPECTED:
            what, hint = f"{value!r} is not {_EXPECTED[kind]}", _write(_EXPECTED[kind], wanted)
        case _ if kind in _LIMITS:
            key, beyond, allowed = _LIMITS[kind]
            what, hint = f"{value!r} is {beyond} {context[key]}", _write(f"{context[key]} {allowed}", wanted)
        case _:
            what = "is empty" if value in ("", [], (), {}) else f"{value!r} is not valid"
            hint = f"write {wanted}" if wanted else ""
    return what, hint or _MANUAL


def _write(expected: str, wanted: str) -> str:
    return f"write {expected}: {wanted}" if wanted else f"write {expected}; {_MANUAL}"


def _fields_at(error: Any, model: type[BaseModel]) -> tuple[Mapping[str, Any], str]:  # noqa: ANN401
    """The fields beside the setting with the error, and its name."""
    fields = model.model_fields
    for part in error["loc"][:-1]:
        annotation = fields[part].annotation if part in fields else None
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            fields = annotation.model_fields
    return fields, str(error["loc"][-1]) if error["loc"] else ""
