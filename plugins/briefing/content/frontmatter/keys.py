"""What a key of front matter declares beside its type, on the dataclass field that is the key."""

from __future__ import annotations

import re
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, TypeVar, cast, get_type_hints

from pydantic import ConfigDict, TypeAdapter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from briefing.content.frontmatter.values import Path

_URL: Final = re.compile(r"https?://\S*")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The base of everything that front matter contains: frozen dataclasses that pydantic validates, unknown keys refused."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


_S = TypeVar("_S")
_F = TypeVar("_F", bound="Callable[..., Any]")


def _cached(function: _F) -> _F:
    """`functools.cache` with the function's types, since mypy takes the classes of frozen dataclasses for unhashable."""
    return cast("_F", cache(function))


class Key(NamedTuple):
    """A key of a shape. default: what it is if it is not written, unless it is required."""

    annotation: Any
    description: str
    is_required: bool
    default: Any


def key(description: str, *, hashed: bool = False, shown: bool = True, **limits: Any) -> dict[str, Any]:  # noqa: ANN401
    """The metadata of a dataclass field that is a key.

    description: what to write; editors show it, and problems end with `write DESCRIPTION`.
    hashed: the content hash of a story covers it, so that changing it after sending needs a correction.
    shown: readers see its text, so Markdown and TODOs in it are problems. False for names of files and addresses.
    limits: arguments of pydantic's `Field`, such as `ge`, `min_length`, `pattern` and `json_schema_extra`.
    """
    return {"description": description, "hashed": hashed, "shown": shown, **limits}


@_cached
def keys_of(shape: type[FrontMatter]) -> Mapping[str, Key]:
    """The keys of a shape by name, in the order in which they are declared."""
    hints = get_type_hints(shape, include_extras=True)
    found = {}
    for field in fields(shape):
        is_required = field.default is MISSING and field.default_factory is MISSING
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        found[field.name] = Key(hints[field.name], field.metadata["description"], is_required, default)
    return found


@_cached
def adapter_of(shape: type[_S]) -> TypeAdapter[_S]:
    """What validates a shape, writes it as JSON and describes it as JSON Schema."""
    return TypeAdapter(shape)


@_cached
def hashed_keys(shape: type[FrontMatter]) -> frozenset[str]:
    """The keys that a content hash covers."""
    return frozenset(name for name, metadata in _metadata_of(shape).items() if metadata["hashed"])


def shown_texts(value: object, place: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every text in a shape, or in a model made from one, that readers see, with the path of its key."""
    if isinstance(value, str):
        if not _URL.fullmatch(value):
            yield place, value
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from shown_texts(item, (*place, number))
    elif isinstance(value, FrontMatter):
        for name, metadata in _metadata_of(type(value)).items():
            if metadata["shown"]:
                yield from shown_texts(getattr(value, name), (*place, name))


@_cached
def _metadata_of(shape: type[FrontMatter]) -> Mapping[str, Mapping[str, Any]]:
    """The metadata of each key; a model that declares a key again, with another type, keeps that of the shape."""
    found: dict[str, Mapping[str, Any]] = {}
    for base in reversed(shape.__mro__):
        for name, field in getattr(base, "__dataclass_fields__", {}).items():
            if field.metadata:
                found[name] = field.metadata
    return found
