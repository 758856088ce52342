"""Style sheets and style attributes -> rules, selectors and declarations; and which elements a selector means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import tinycss2

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.checks.email.html_tree import Element

_PART: Final = re.compile(
    r"""(?P<type>[a-zA-Z][\w-]*|\*)|\.(?P<cls>[\w-]+)|\#(?P<id>[\w-]+)|(?P<attr>\[[^\]]*\])
    |(?P<pseudo>::?[\w-]+(?:\([^)]*\))?)|\s*(?P<join>[>+~])\s*|(?P<space>\s+)""",
    re.VERBOSE,
)
_ATTRIBUTE: Final = re.compile(r"""\[\s*([\w-]+)\s*(?:([~|^$*]?=)\s*["']?([^"'\]]*?)["']?\s*)?\]""")


@dataclass(frozen=True, eq=False, slots=True)
class Declaration:
    """`name: value`; `tokens` are tinycss2's."""

    name: str
    value: str
    important: bool
    tokens: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Selector:
    """One selector as its parts, (kind, text) in order; kinds: type, cls, id, attr, pseudo, join (a space too)."""

    text: str
    parts: tuple[tuple[str, str], ...]

    @property
    def weight(self) -> tuple[int, int, int]:
        """Its specificity (Selectors Level 4, section 17)."""
        kinds = [kind for kind, _ in self.parts]
        types = sum(kind == "type" and text != "*" for kind, text in self.parts)
        return kinds.count("id"), sum(kind in {"cls", "attr", "pseudo"} for kind in kinds), types


@dataclass(frozen=True, slots=True)
class CssRule:
    """A rule of a style sheet; `media` is what stands behind the `@media` around it, or ""."""

    selectors: tuple[Selector, ...]
    declarations: tuple[Declaration, ...]
    media: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A style sheet. `at_rules` are the names and preludes of all of them, the nested too."""

    rules: tuple[CssRule, ...]
    at_rules: tuple[tuple[str, str], ...]
    faults: tuple[str, ...]


@lru_cache(maxsize=2048)
def read_declarations(text: str) -> tuple[Declaration, ...]:
    """Those of a style attribute; what cannot be read is left out."""
    return tuple(_declarations(tinycss2.parse_blocks_contents(text, skip_comments=True, skip_whitespace=True)))


@lru_cache(maxsize=64)
def read_sheet(text: str) -> Sheet:
    """A style tag's text."""
    rules: list[CssRule] = []
    at_rules: list[tuple[str, str]] = []
    faults: list[str] = []
    _walk(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True), "", rules, at_rules, faults)
    return Sheet(tuple(rules), tuple(at_rules), tuple(faults))


def matches(selector: Selector, element: Element) -> bool:
    """Whether the selector means the element. What depends on the reader's doings (`:hover`) never does."""
    return _matches(list(selector.parts), element)


def _walk(
    nodes: list[Any], media: str, rules: list[CssRule], at_rules: list[tuple[str, str]], faults: list[str]
) -> None:
    for node in nodes:
        if node.type == "qualified-rule":
            inside = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
            selectors = tuple(map(_selector, tinycss2.serialize(node.prelude).split(",")))
            rules.append(CssRule(selectors, tuple(_declarations(inside)), media))
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


@lru_cache(maxsize=2048)
def _selector(text: str) -> Selector:
    text = text.strip()
    parts: list[tuple[str, str]] = []
    for found in _PART.finditer(text):
        kind = found.lastgroup or ""
        parts.append(
            ("join", " ") if kind == "space" else (kind, found[kind].lower() if kind == "type" else found[kind])
        )
    return Selector(text, tuple(parts))


def _matches(parts: list[tuple[str, str]], element: Element) -> bool:
    compound: list[tuple[str, str]] = []
    while parts and parts[-1][0] != "join":
        compound.append(parts.pop())
    if not all(_is(kind, text, element) for kind, text in compound):
        return False
    if not parts:
        return True
    join = parts.pop()[1]
    if join in "+~" or element.parent is None:
        return False  # no rule of ours depends on neighbours
    if join == ">":
        return _matches(parts, element.parent)
    return any(_matches([*parts], outer) for outer in element.parent.above())


def _is(kind: str, text: str, element: Element) -> bool:
    match kind:
        case "type":
            return text in {"*", element.tag}
        case "cls":
            return text in element.classes
        case "id":
            return element.get("id") == text
        case "attr":
            return _has(text, element)
        case _:
            return text == ":root" and element.tag == "html"


def _has(text: str, element: Element) -> bool:
    found = _ATTRIBUTE.fullmatch(text)
    if not found or found[1] not in element.attributes:
        return False
    value, wanted = element.get(found[1]), found[3] or ""
    holds = {
        "=": value == wanted,
        "~=": wanted in value.split(),
        "^=": value.startswith(wanted),
        "$=": value.endswith(wanted),
        "*=": wanted in value,
        "|=": value == wanted or value.startswith(f"{wanted}-"),
    }
    return holds.get(found[2] or "", True)
