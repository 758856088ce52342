"""No message of pydantic's reaches a person: every type of error has its own words, in settings and front matter."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticKnownError
from pydantic_core._pydantic_core import list_all_errors

from briefing.content.frontmatter import keys, messages
from briefing.content.model import (
    CuratorFrontMatter,
    IssueFrontMatter,
    PageFrontMatter,
    StoryFrontMatter,
    ThreadFrontMatter,
)
from briefing.content.model.notification import NotificationFrontMatter
from briefing.content.model.record import ProofRecord, ProviderDraftRecord, SentRecord
from briefing.settings.messages import _EXPLAINED, explain, field_of
from briefing.settings.options import Capitals, Options

SETTINGS = (Options, Capitals)
FRONT_MATTER = (
    CuratorFrontMatter,
    IssueFrontMatter,
    NotificationFrontMatter,
    PageFrontMatter,
    ProofRecord,
    ProviderDraftRecord,
    SentRecord,
    StoryFrontMatter,
    ThreadFrontMatter,
)
# The errors of each type in a core schema, apart from those of its limits. Dates are made by this program's own functions.
ERRORS = {
    "any": set(),
    "bool": {"bool_type"},
    "dataclass": {"dataclass_type"},
    "dataclass-args": {"missing", "unexpected_keyword_argument"},
    "date": set(),
    "datetime": set(),
    "dict": {"dict_type"},
    "enum": {"enum"},
    "float": {"float_type"},
    "function-after": {"value_error"},
    "function-before": {"value_error"},
    "int": {"int_type"},
    "list": {"list_type"},
    "literal": {"literal_error"},
    "model": {"model_type"},
    "model-fields": {"missing", "extra_forbidden", "invalid_key"},
    "str": {"string_type", "string_unicode"},
    "tuple": {"tuple_type"},
}
CONTAINERS = {"dataclass-field", "default", "definition-ref", "definitions", "model-field", "nullable", "union"}
LIMITS = {
    ("float", "ge"): "greater_than_equal",
    ("float", "le"): "less_than_equal",
    ("int", "ge"): "greater_than_equal",
    ("int", "le"): "less_than_equal",
    ("list", "min_length"): "too_short",
    ("str", "min_length"): "string_too_short",
    ("str", "pattern"): "string_pattern_mismatch",
    ("tuple", "min_length"): "too_short",
}
NO_LIMITS = {"strict", "type", "metadata", "ref", "serialization", "items_schema", "variadic_item_index"}


def possible_errors(schema: Any) -> set[str]:
    """The types of errors that a core schema can give."""
    if isinstance(schema, (list, tuple)):
        return set().union(*map(possible_errors, schema))
    if not isinstance(schema, dict):
        return set()
    found = set()
    kind = schema.get("type")
    if isinstance(kind, str):
        assert kind in ERRORS or kind in CONTAINERS, (
            f"add {kind} to ERRORS, and what it gives to the tables of messages"
        )
        found = set(ERRORS.get(kind, ()))
        if kind in {limited for limited, _ in LIMITS}:
            names = {name for name in schema if name not in NO_LIMITS}
            found |= {LIMITS[kind, name] for name in names}
    inside = (value for name, value in schema.items() if name not in {"function", "metadata", "serialization"})
    return found.union(*map(possible_errors, inside))


@pytest.mark.parametrize("model", SETTINGS)
def test_each_error_of_a_setting_has_a_message(model: type[BaseModel]) -> None:
    assert possible_errors(model.__pydantic_core_schema__) - _EXPLAINED.keys() == set()


def test_no_message_is_for_an_error_that_settings_cannot_have() -> None:
    assert _EXPLAINED.keys() == possible_errors([model.__pydantic_core_schema__ for model in SETTINGS])


@pytest.mark.parametrize("shape", FRONT_MATTER)
def test_each_error_of_front_matter_has_a_message(shape: type[Any]) -> None:
    explained = {*messages._EXPLAINED, "dataclass_type", "unexpected_keyword_argument"}
    assert possible_errors(keys.adapter_of(shape).core_schema) - explained == set()


def test_a_new_kind_of_value_is_noticed() -> None:
    with pytest.raises(AssertionError, match="add decimal to ERRORS"):
        possible_errors({"type": "nullable", "schema": {"type": "decimal"}})
    with pytest.raises(KeyError, match="max_length"):
        possible_errors({"type": "str", "max_length": 3})


@pytest.mark.parametrize(
    "known", [one for one in list_all_errors() if one["type"] not in {"value_error", "assertion_error"}]
)
def test_no_message_of_pydantic_s_is_shown(known: Any) -> None:
    context = known.get("example_context")
    message = PydanticKnownError(known["type"], context).message()
    error = {"type": known["type"], "loc": ("tagline",), "msg": message, "input": "x", "ctx": context}
    for what, hint in (explain(error, Options), messages.explain(error, ["title"], "title")):
        assert message.lower() not in f"{what}; {hint}".lower()


def test_a_foreign_error_of_a_value_is_not_shown() -> None:
    error = {"type": "value_error", "loc": ("tagline",), "input": "x", "ctx": {"error": ValueError("Invalid IPv6 URL")}}
    assert explain(error, Options) == ("`'x'` is not valid", "write one line below the publication's name")
    assert messages.explain(error, [], "title") == ("`x` is not valid", "")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({1: 2}, "1: `1` is not a setting's name; the known settings are tagline,"),
        ({"Page_Size": 3}, "Page_Size: is an unknown setting; did you mean `page_size`?"),
        ({"sender": "x"}, "sender: is an unknown setting; move it to `email`"),
        ({"slugs": {3: "x"}}, "slugs.3: `3` is not text; put it in quotes: '3'"),
        ({"slugs": ["x"]}, "slugs: `['x']` is not a dictionary; write a dictionary: {'name': ...}"),
        ({"email": 3}, "email: `3` is not a dictionary; write a dictionary: {'sender': ...}"),
        ({"email": {"dkim": 3}}, "email.dkim: `3` is not a dictionary; write a dictionary: {'domain': ...}"),
        ({"email": {"dkim": {"x y": 3}}}, "email.dkim.x y: is an unknown setting; the known settings are domain,"),
        ({"menu": {"a\nb": "/x/"}}, "menu.a\nb: contains a control character, such as a line break; remove it"),
        ({"menu": {"a": "https://[x"}}, "menu.a: `https://[x` is not a valid address; write the complete address"),
        ({"menu": {"a": None}}, "menu.a: `None` is not text; write text in quotes"),
        ({"allow_svg": "yes"}, "allow_svg: `'yes'` is neither True nor False; write True or False"),
        ({"page_size": "20"}, "page_size: `'20'` is not a whole number; write a whole number from 1 to 500, without quotes"),
        ({"page_size": 501}, "page_size: `501` is out of range; write a whole number from 1 to 500"),
        ({"delivery": {"per_second": -1}}, "delivery.per_second: `-1` is out of range; write a number of at least 0"),
        ({"delivery": {"warm_up": ["x"]}}, "delivery.warm_up.1: `'x'` is not a whole number; write a whole number, without"),
        ({"topics": ("Law",)}, "topics: `('Law',)` is not a list; write it in square brackets: [...]"),
        ({"topics": "Law"}, "topics: `'Law'` is not a list; write it in square brackets: ['Law']"),
        ({"topics": []}, "topics: is empty; write the names that a story's `topic` may have, in order"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_setting_and_what_to_do(options: dict[Any, Any], expected: str) -> None:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(Options).validate_python({"topics": ["Law"], **options})
    error = raised.value.errors()[0]
    what, hint = explain(error, Options)
    assert f"{'.'.join(field_of('', error))}: {what}; {hint}".startswith(expected)
