"""Style sheets and style attributes -> rules and declarations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import tinycss2

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, eq=False, slots=True)
class Declaration:
    """`name: value`; `tokens` are tinycss2's."""

    name: str
    value: str
    important: bool
    tokens: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class CssRule:
    """A rule of a style sheet. `selectors` are tinycss2's tokens; `media` is the condition of its `@media`, or ""."""

    selectors: tuple[Any, ...]
    declarations: tuple[Declaration, ...]
    media: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A style sheet. `at_rules` are the name and prelude of each at-rule, nested ones too."""

    rules: tuple[CssRule, ...]
    at_rules: tuple[tuple[str, str], ...]
    faults: tuple[str, ...]


@lru_cache(maxsize=2048)
def read_declarations(text: str) -> tuple[Declaration, ...]:
    """The declarations of a style attribute, without those that cannot be parsed."""
    return tuple(_declarations(tinycss2.parse_blocks_contents(text, skip_comments=True, skip_whitespace=True)))


@lru_cache(maxsize=64)
def read_sheet(text: str) -> Sheet:
    """The style sheet in a style tag's text."""
    rules: list[CssRule] = []
    at_rules: list[tuple[str, str]] = []
    faults: list[str] = []
    _walk(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True), "", rules, at_rules, faults)
    return Sheet(tuple(rules), tuple(at_rules), tuple(faults))


def _walk(
    nodes: list[Any], media: str, rules: list[CssRule], at_rules: list[tuple[str, str]], faults: list[str]
) -> None:
    for node in nodes:
        if node.type == "qualified-rule":
            inside = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
            rules.append(CssRule(tuple(node.prelude), tuple(_declarations(inside)), media))
            faults += [f"line {found.source_line}: {found.message}" for found in inside if found.type == "error"]
        elif node.type == "at-rule":
            prelude = tinycss2.serialize(node.prelude).strip()
            at_rules.append((node.lower_at_keyword, prelude))
            if node.content is not None and node.lower_at_keyword in {"media", "supports"}:
                inside = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
                _walk(inside, f"{media} and {prelude}" if media else prelude, rules, at_rules, faults)
        elif node.type == "error":
            faults.append(f"line {node.source_line}: {node.message}")


def _declarations(nodes: list[Any]) -> Iterator[Declaration]:
    for node in nodes:
        if node.type == "declaration":
            value = tinycss2.serialize(node.value).strip()
            yield Declaration(node.lower_name, value, node.important, tuple(node.value))
