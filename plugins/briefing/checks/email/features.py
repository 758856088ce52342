"""The features of HTML and CSS that a page uses, by their names in the caniemail data.

Properties without an entry there (`color`, `font-family`) are ignored, and so are conditional comments for Outlook.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from briefing.checks.email.styles import read_declarations, read_sheet

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from briefing.checks.email.html_tree import Element, HtmlTree
    from briefing.checks.email.styles import Declaration, Sheet

_LONGHANDS: Final = (
    (r"(block|inline)-size", "css-block-inline-size"),
    (r"border-(block|inline)(-start|-end)?-(color|style|width)", "css-border-inline-block-longhand"),
    (r"border-(block|inline)-(start|end)", "css-border-inline-block-individual"),
    (r"border-(block|inline)", "css-border-inline-block"),
    (r"border-(start|end)-(start|end)-radius", "css-border-radius-logical"),
    (r"border(-\w+)*-radius", "css-border-radius"),
    (r"border-image-\w+", "css-border-image"),
    (r"border-(top|right|bottom|left)(-\w+)?|border-(color|style|width)", "css-border"),
    (r"margin-(block|inline)-(start|end)", "css-margin-inline-start-end"),
    (r"margin-(block|inline)", "css-margin-inline-block"),
    (r"margin-(top|right|bottom|left)", "css-margin"),
    (r"padding-(block|inline)-(start|end)", "css-padding-inline-start-end"),
    (r"padding-(block|inline)", "css-padding-inline-block"),
    (r"padding-(top|right|bottom|left)", "css-padding"),
    (r"inset-(block|inline)(-\w+)?", "css-inset"),
    (r"left|right|top|bottom", "css-left-right-top-bottom"),
    (r"column-(width|rule|span|fill)(-\w+)?|columns", "css-column-layout-properties"),
    (r"(row|column)-gap", "css-gap"),
    (r"grid-template-\w+", "css-grid-template"),
    (r"scroll-(snap|margin|padding)(-\w+)*", "css-scroll-snap"),
    (r"(animation|transition|outline|list-style|text-emphasis|background)-[\w-]+", "css-{0}"),
    (r"overflow-[xy]", "css-overflow"),
    (r"--.*", "css-variables"),
)
_NO_PROPERTY: Final = re.compile(
    r"css-(at|function|unit|pseudo|selector)-.*|css-(comments|nesting|variables|important|modern-color|rgba?"
    r"|(conic|linear|radial)-gradient|intrinsic-size|sytem-ui|display-.*)"
)
_FUNCTIONS: Final = {
    **{name: f"css-function-{name}" for name in ("clamp", "light-dark", "max", "min")},
    **{name: f"css-{name}" for name in ("rgb", "rgba", "conic-gradient", "linear-gradient", "radial-gradient")},
    **dict.fromkeys(("hsl", "hsla"), "css-rgba"),
    **dict.fromkeys(("lch", "oklch", "lab", "oklab"), "css-modern-color"),
    "calc": "css-unit-calc",
    "var": "css-variables",
}
_WORDS: Final = {
    **dict.fromkeys(("system-ui", "ui-serif", "ui-sans-serif", "ui-rounded", "ui-monospace"), "css-sytem-ui"),
    **dict.fromkeys(("fit-content", "min-content", "max-content"), "css-intrinsic-size"),
    "initial": "css-unit-initial",
}
_ELEMENTS: Final = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "html-h1-h6"),
    **dict.fromkeys(("ul", "ol", "dl"), "html-lists"),
    **dict.fromkeys(
        [
            "article",
            "aside",
            "details",
            "figcaption",
            "figure",
            "footer",
            "header",
            "main",
            "mark",
            "nav",
            "section",
            "summary",
            "time",
        ],
        "html-semantics",
    ),
    "s": "html-strike",
    "map": "html-image-maps",
    "iframe": "html-object",
    "embed": "html-object",
}
_ENDINGS: Final = {"jpeg": "jpg", "tif": "tiff", "heic": "heif"}
_MEDIA: Final = ("device-pixel-ratio", "hover", "orientation", "prefers-color-scheme", "prefers-reduced-motion")
_COMBINATORS: Final = {">": "child", "+": "adjacent-sibling", "~": "general-sibling"}
_SIMPLE: Final = {"hash": "id", "[] block": "attribute"}


def used_features(page: HtmlTree, known: Collection[str]) -> frozenset[str]:
    """The features of `known`, which are names in the data, that the page uses."""
    return frozenset(_used(page)) & frozenset(known)


def _used(page: HtmlTree) -> Iterator[str]:
    if page.doctype:
        yield "html-doctype"
    if page.comments:
        yield "html-comments"
    for element in page.elements:
        yield from _of_element(element)
        for declaration in read_declarations(element.get("style")):
            yield from _of_declaration(declaration)
        if element.tag == "style":
            yield from _of_sheet(read_sheet("".join(map(str, element.children))))


def _of_element(element: Element) -> Iterator[str]:
    tag = element.tag
    yield _ELEMENTS.get(tag, f"html-{tag}")
    for name in element.attributes:
        yield {"loading": "html-loading-attribute", "sizes": "html-srcset"}.get(name, f"html-{name}")
    address = element.get("href" if tag == "a" else "src").lower()
    if tag == "a" and address.startswith("#") and address != "#":
        yield "html-anchor-links"
    if tag == "a" and address.startswith("mailto:"):
        yield "html-mailto-links"
    if tag == "img":
        ending = re.split(r"[?#]", address)[0].rpartition(".")[2]
        yield "image-base64" if address.startswith("data:") else f"image-{_ENDINGS.get(ending, ending)}"
    if tag == "meta" and element.get("name") in {"color-scheme", "supported-color-schemes"}:
        yield "html-meta-color-scheme"
    if tag in {"button", "input"}:
        yield f"html-{tag}-{element.get('type') or 'submit'}"


def _of_sheet(sheet: Sheet) -> Iterator[str]:
    for name, prelude in sheet.at_rules:
        yield f"css-at-{name}"
        if name == "media":
            yield from (f"css-at-media-{feature}" for feature in _MEDIA if feature in prelude)
    for rule in sheet.rules:
        yield from _of_selectors(rule.selectors)
        for declaration in rule.declarations:
            yield from _of_declaration(declaration)


def _of_selectors(parts: Sequence[Any]) -> Iterator[str]:
    """The features of a list of selectors, given as tinycss2's tokens."""
    in_compound = 0
    for before, part in pairwise([None, *_without_spaces(parts)]):
        if part == ",":
            yield "css-selector-grouping"
            in_compound = 0
        elif part.type == "whitespace" or _is_combinator(part):
            yield f"css-selector-{_COMBINATORS.get(part.value, 'descendant')}"
            in_compound = 0
        elif before == ":" and part.type in {"ident", "function"}:
            name = part.value if part.type == "ident" else part.name
            yield f"css-pseudo-element-{name}"
            yield f"css-pseudo-class-{name}"
        elif simple := _simple(before, part):
            yield f"css-selector-{simple}"
            in_compound += 1
            if in_compound > 1:
                yield "css-selector-chaining"


def _without_spaces(parts: Sequence[Any]) -> list[Any]:
    """The tokens with whitespace only where it is a descendant combinator."""
    edges = {-1, len(parts), *(place for place, part in enumerate(parts) if part == "," or _is_combinator(part))}
    return [part for place, part in enumerate(parts) if part.type != "whitespace" or not {place - 1, place + 1} & edges]


def _is_combinator(part: Any) -> bool:  # noqa: ANN401 - tinycss2 has no types
    return part.type == "literal" and part.value in _COMBINATORS


def _simple(before: Any, part: Any) -> str:  # noqa: ANN401 - tinycss2 has no types
    """The kind of a simple selector, "" if the token begins none."""
    if part == "*":
        return "universal"
    if part.type == "ident":
        return "class" if before == "." else "type"
    return _SIMPLE.get(part.type, "")


@lru_cache(maxsize=4096)
def _of_declaration(declaration: Declaration) -> tuple[str, ...]:
    return tuple(_declared(declaration))


def _declared(declaration: Declaration) -> Iterator[str]:
    name, value = declaration.name, declaration.value.lower()
    if name.startswith(("mso-", "-")) and not name.startswith("--"):
        return  # for one client only
    if declaration.important:
        yield "css-important"
    if name == "display" and value in {"none", "flex", "grid"}:
        yield f"css-display-{value}"
    else:
        yield _property(name)
    yield from _of_tokens(declaration.tokens)


@lru_cache(maxsize=512)
def _property(name: str) -> str:
    slug = f"css-{name}"
    if _NO_PROPERTY.fullmatch(slug):
        return ""
    for pattern, meant in _LONGHANDS:
        if found := re.fullmatch(pattern, name):
            whole = meant.format(found[1]) if "{0}" in meant else meant
            return slug if slug in _OWN else whole
    return slug


_OWN: Final = frozenset(
    f"css-{name}"
    for name in [
        "background-blend-mode",
        "background-clip",
        "background-color",
        "background-image",
        "background-origin",
        "background-position",
        "background-repeat",
        "background-size",
        "column-count",
        "inline-size",
        "list-style-image",
        "list-style-position",
        "list-style-type",
        "outline-offset",
        "text-emphasis-position",
    ]
)


def _of_tokens(tokens: tuple[Any, ...] | list[Any]) -> Iterator[str]:
    for token in tokens:
        if token.type == "dimension":
            yield f"css-unit-{token.lower_unit}"
        elif token.type == "percentage":
            yield "css-unit-percent"
        elif token.type == "ident":
            yield _WORDS.get(token.lower_value, "")
        elif token.type == "function":
            yield _FUNCTIONS.get(token.lower_name, "")
            yield from _of_tokens(token.arguments)
