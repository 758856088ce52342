"""The colours of each text on a page, in light and in dark mode, computed from its CSS."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from cssselect2 import ElementWrapper
from tinycss2.color3 import RGBA, parse_color

from briefing.checks.email.cascade import Cascade
from briefing.checks.email.styles import read_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.checks.email.html_tree import Element, HtmlTree
    from briefing.checks.email.styles import CssRule, Declaration

LIGHT: Final = "light"
DARK: Final = "dark"
OUTLOOK: Final = "Outlook dark"
MODES: Final = (LIGHT, DARK, OUTLOOK)
_OUTLOOK: Final = {"data-ogsc": "", "data-ogsb": ""}  # Outstyle.com sets them, for colour and for background
_CANVAS: Final = {LIGHT: ("#ffffff", "#000000", "#0000ee"), DARK: ("#121212", "#ffffff", "#9e9eff")}
"""Defaults for background, text and links (Chromium's, by HTML, section 15.3)."""

_HIDDEN: Final = frozenset({"head", "script", "style", "template", "title"})
_BOLD: Final = frozenset({"b", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "th"})
_UNITS: Final = {"px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0}
_SIZES: Final = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h4": 1.0, "h5": 0.83, "h6": 0.67, "small": 0.83}
_ROOT_SIZE: Final = 16.0
_BOLD_WEIGHT: Final = 600  # and more


@dataclass(frozen=True, slots=True)
class StyledText:
    """A text with its computed style: `size` in pixels, colours as `#rrggbb`."""

    text: str
    ink: str
    paper: str
    size: float
    bold: bool

    @property
    def is_large(self) -> bool:
        """At least 18 points, or 14 and bold (WCAG 2.2, "large scale")."""
        return self.size >= 24 or (self.bold and self.size >= 18.66)  # noqa: PLR2004 - 18 and 14 points in pixels

    @property
    def contrast(self) -> float:
        """Between 1 and 21 (WCAG 2.2, "contrast ratio")."""
        light, dark = sorted((_luminance(self.ink), _luminance(self.paper)), reverse=True)
        return (light + 0.05) / (dark + 0.05)


@dataclass(frozen=True, slots=True)
class _Style:
    ink: RGBA
    paper: RGBA
    size: float
    bold: bool


def styled_texts(page: HtmlTree, mode: str) -> tuple[StyledText, ...]:
    """Every text that can be seen. `mode` is one of `MODES`."""
    rules = [rule for sheet in page.all("style") for rule in read_sheet("".join(map(str, sheet.children))).rules]
    cascade = Cascade(rule for rule in rules if _applies(rule, mode))
    canvas, ink, _ = _CANVAS[DARK if mode == DARK else LIGHT]
    start = _Style(_colour(ink), _colour(canvas), _ROOT_SIZE, bold=False)
    roots = (ElementWrapper.from_html_root(_in_mode(root, mode)) for root in page.root)
    return tuple(text for root in roots for text in _texts(root, start, cascade, mode))


def _in_mode(root: Element, mode: str) -> Element:
    """The root element, in Outlook's dark mode with the attributes that Outlook sets."""
    return replace(root, attributes={**root.attributes, **_OUTLOOK}) if mode == OUTLOOK else root


def _applies(rule: CssRule, mode: str) -> bool:
    scheme = re.search(r"prefers-color-scheme\s*:\s*(\w+)", rule.media)
    return scheme[1] == mode if scheme else not rule.media


def _texts(wrapper: Any, around: _Style, cascade: Cascade, mode: str) -> Iterator[StyledText]:  # noqa: ANN401
    """The texts in an element, which cssselect2 has wrapped."""
    element: Element = wrapper.etree_element
    if element.tag in _HIDDEN or "hidden" in element.attributes:
        return
    declared = {declaration.name: declaration for declaration in cascade.declarations(wrapper)}
    if "display" in declared and declared["display"].value == "none":
        return
    style = _style_of(element, around, declared, mode)
    if element.tag == "img" and element.get("alt"):
        yield StyledText(element.get("alt"), _hex(style.ink), _hex(style.paper), style.size, style.bold)
    children = wrapper.iter_children()
    for child in element.children:
        if not isinstance(child, str):
            yield from _texts(next(children), style, cascade, mode)
        elif child.strip(" \n\t\u034f\u200c"):
            yield StyledText(child.strip(), _hex(style.ink), _hex(style.paper), style.size, style.bold)


def _style_of(element: Element, around: _Style, declared: dict[str, Declaration], mode: str) -> _Style:
    ink, paper = around.ink, around.paper
    if element.tag == "a" and element.get("href"):
        ink = _colour(_CANVAS[DARK if mode == DARK else LIGHT][2])
    if element.tag == "font" and element.get("color"):
        ink = parse_color(element.get("color")) or ink
    if "color" in declared:
        ink = _ink(declared["color"].value, ink, around.ink)
    if element.get("bgcolor"):
        paper = _over(parse_color(element.get("bgcolor")), paper)
    for name, declaration in declared.items():
        if name in {"background", "background-color"}:
            paper = _over(_background(declaration), around.paper)
    size = (
        _size(declared["font-size"].value, around.size)
        if "font-size" in declared
        else _default_size(element.tag, around.size)
    )
    bold = around.bold or element.tag in _BOLD
    if "font-weight" in declared:
        weight = declared["font-weight"].value
        bold = weight in {"bold", "bolder"} or (weight.isdigit() and int(weight) >= _BOLD_WEIGHT)
    return _Style(_over(ink, paper), paper, size, bold)


def _ink(value: str, own: RGBA, inherited: RGBA) -> RGBA:
    found = parse_color(value)
    if isinstance(found, RGBA):
        return found
    return inherited if value in {"inherit", "unset"} or found == "currentColor" else own


def _background(declaration: Declaration) -> RGBA | None:
    found = [colour for token in declaration.tokens if isinstance(colour := parse_color(token), RGBA)]
    return found[-1] if found else None


def _default_size(tag: str, around: float) -> float:
    return around * _SIZES.get(tag, 1.0)


def _size(value: str, around: float) -> float:
    found = re.fullmatch(r"([\d.]+)(px|pt|pc|in|em|rem|%)", value)
    if not found:
        return around
    number, unit = float(found[1]), found[2]
    if unit in {"em", "%"}:
        return around * number / (100 if unit == "%" else 1)
    return number * (_ROOT_SIZE if unit == "rem" else _UNITS[unit])


def _colour(text: str) -> RGBA:
    found = parse_color(text)
    assert isinstance(found, RGBA)  # noqa: S101 - our own constants
    return found


def _over(front: object, back: RGBA) -> RGBA:
    """A colour over another, mixed by its alpha."""
    if not isinstance(front, RGBA):
        return back
    alpha = front.alpha
    return RGBA(*(f * alpha + b * (1 - alpha) for f, b in zip(front[:3], back[:3], strict=True)), 1.0)


def _hex(colour: RGBA) -> str:
    return "#" + "".join(f"{round(min(max(part, 0), 1) * 255):02x}" for part in colour[:3])


def _luminance(colour: str) -> float:
    """WCAG 2.2, "relative luminance"."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]  # noqa: PLR2004
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
