"""Pydantic's errors in settings as what is wrong and what to do: one table, whose tests allow no message of pydantic's."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pydantic import BaseModel

from briefing.errors import Fault, InvalidValueError
from briefing.weblinks import excerpt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic.fields import FieldInfo

_KEY: Final = "[key]"
_LIMITS: Final = {(True, True): " from {} to {}", (True, False): " of at least {}", (False, True): " of at most {}"}


class _Place(NamedTuple):
    """Where a wrong value is: its setting, or the nearest one around it, and the settings that are known there.

    groups: the groups of settings in BRIEFING, by name, if the value is at its top.
    """

    setting: FieldInfo | None
    is_item: bool
    known: Mapping[str, FieldInfo]
    groups: Mapping[str, Mapping[str, FieldInfo]]


def explain(error: Any, model: type[BaseModel]) -> Fault:  # noqa: ANN401 - pydantic's ErrorDetails, whose parts vary
    """What is wrong with a value, and what to do. model: what was validated."""
    place = _place_of(error["loc"], model)
    explained = _EXPLAINED.get(error["type"])
    fault = explained(error, place) if explained else Fault(f"{_shown(error['input'])} is not valid", "")
    return fault if fault.hint else Fault(fault.what, _description(place))


def field_of(group: str, error: Any) -> tuple[str, ...]:  # noqa: ANN401
    """The place of a value as messages show it, without dots; items are counted from 1. group: "BRIEFING" or ""."""
    steps = [*([group] if group else []), *error["loc"]]
    if steps[-1:] == [_KEY]:
        return tuple(map(str, steps[:-1]))
    if error["type"] == "invalid_key":
        return tuple(map(str, steps))
    return tuple(str(step + 1) if isinstance(step, int) else str(step) for step in steps)


def _place_of(steps: tuple[int | str, ...], model: type[BaseModel]) -> _Place:
    known: Mapping[str, FieldInfo] = model.model_fields
    groups = {name: group.model_fields for name, field in known.items() if (group := _model_in(field))}
    setting, is_item = None, False
    for number, step in enumerate(steps):
        field = known.get(step) if isinstance(step, str) else None
        is_item = field is None
        setting = field or setting
        group = _model_in(field)
        is_last = number == len(steps) - 1
        if group is not None or not is_last:
            known, groups = group.model_fields if group is not None else {}, {}
    return _Place(setting, is_item, known, groups)


def _model_in(field: FieldInfo | None) -> type[BaseModel] | None:
    annotation = field.annotation if field is not None else None
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _description(place: _Place) -> str:
    """What to write, from the first sentence of a setting's description."""
    description = (place.setting.description if place.setting is not None else None) or ""
    sentence = re.split(r"(?<=\.) ", description)[0].removesuffix(".")
    return f"write {sentence[0].lower()}{sentence[1:]}" if sentence else "see docs/reference/settings.md"


def _unknown(error: Any, place: _Place) -> Fault:  # noqa: ANN401
    name = str(error["loc"][-1])
    near = difflib.get_close_matches(name.lower(), place.known, n=1)
    group = next((group for group, known in place.groups.items() if name in known), "")
    if near:
        hint = f"did you mean `{near[0]}`?"
    elif group:
        hint = f"move it to `{group}`"
    else:
        hint = f"the known settings are {', '.join(place.known)}"
    return Fault("is an unknown setting", hint)


def _invalid(error: Any, _place: _Place) -> Fault:  # noqa: ANN401
    cause = error["ctx"]["error"]
    if isinstance(cause, InvalidValueError):
        return Fault(cause.what, cause.hint)
    return Fault(f"{_shown(error['input'])} is not valid", "")


def _not_text(error: Any, _place: _Place) -> Fault:  # noqa: ANN401
    value = error["input"]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return Fault(
        f"{_shown(value)} is not text", f"put it in quotes: '{value}'" if is_number else "write text in quotes"
    )


def _not_a_key(error: Any, place: _Place) -> Fault:  # noqa: ANN401
    return Fault(
        f"{_shown(error['input'])} is not a setting's name", f"the known settings are {', '.join(place.known)}"
    )


def _not_a_list(error: Any, _place: _Place) -> Fault:  # noqa: ANN401
    value = error["input"]
    example = f"[{value!r}]" if isinstance(value, str) and len(value) < 40 else "[...]"  # noqa: PLR2004
    return Fault(f"{_shown(value)} is not a list", f"write it in square brackets: {example}")


def _not_a_dictionary(error: Any, place: _Place) -> Fault:  # noqa: ANN401
    names = sorted(place.known, key=lambda name: not place.known[name].is_required()) or ["name"]
    name = names[0] if error["type"] == "model_type" else "name"
    return Fault(f"{_shown(error['input'])} is not a dictionary", f"write a dictionary: {{'{name}': ...}}")


def _whole_number(error: Any, place: _Place) -> Fault:  # noqa: ANN401
    return Fault(f"{_shown(error['input'])} is not a whole number", _number_hint(error, place, is_whole=True))


def _number(error: Any, place: _Place) -> Fault:  # noqa: ANN401
    return Fault(f"{_shown(error['input'])} is not a number", _number_hint(error, place, is_whole=False))


def _out_of_range(error: Any, place: _Place) -> Fault:  # noqa: ANN401
    is_whole = place.setting is None or place.setting.annotation is int
    return Fault(f"{_shown(error['input'])} is out of range", _number_hint(error, place, is_whole=is_whole))


def _number_hint(error: Any, place: _Place, *, is_whole: bool) -> str:  # noqa: ANN401
    metadata = place.setting.metadata if place.setting is not None and not place.is_item else []
    limits = [next((getattr(one, side) for one in metadata if hasattr(one, side)), None) for side in ("ge", "le")]
    given = [f"{limit:g}" for limit in limits if limit is not None]
    allowed = _LIMITS.get((limits[0] is not None, limits[1] is not None), "").format(*given)
    quotes = ", without quotes" if isinstance(error["input"], str) else ""
    return f"write a {'whole ' if is_whole else ''}number{allowed}{quotes}"


def _shown(value: object) -> str:
    """A value as Python writes it, shortened; the text `20` has its quotes."""
    return f"`{excerpt(repr(value))}`"


_EXPLAINED: Final[Mapping[str, Callable[[Any, _Place], Fault]]] = {
    "bool_type": lambda error, _: Fault(f"{_shown(error['input'])} is neither True nor False", "write True or False"),
    "dict_type": _not_a_dictionary,
    "extra_forbidden": _unknown,
    "float_type": _number,
    "greater_than_equal": _out_of_range,
    "int_type": _whole_number,
    "invalid_key": _not_a_key,
    "less_than_equal": _out_of_range,
    "list_type": _not_a_list,
    "missing": lambda _error, _place: Fault("is missing", ""),
    "model_type": _not_a_dictionary,
    "string_too_short": lambda _error, _place: Fault("is empty", ""),
    "string_type": _not_text,
    "string_unicode": lambda _error, _place: Fault("contains an invalid character", "remove it"),
    "too_short": lambda _error, _place: Fault("is empty", ""),
    "value_error": _invalid,
}
"""What explains each type of error that the models of settings can have; a hint of "" is the setting's description."""
