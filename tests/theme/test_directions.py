"""Texts from right to left: what lies at a line's beginning lies at the right."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser

    from briefing.pages.templating import Templates
    from briefing.pages.views import StoryView

TABLE = (
    "<table><thead><tr><th>\u0627\u0644\u0627\u0633\u0645</th><th>\u0627\u0644\u0633\u0646\u0629</th></tr></thead>"
    "<tbody><tr><td>\u0627</td><td>\u0628</td></tr></tbody></table>"
)
SIDES = re.compile(r"(?:^|[;{\s-])(?:left|right)\s*:|text-align:\s*(?:left|right)|float:|clear:")
FOUR = re.compile(r"(?:padding|margin|inset|border-width|border-radius): ?([^;}]+)")
# The author's own word for a column, and a clip that has no logical form and is mirrored by `:dir(rtl)`.
MEANT = (".left", ".right")


def one_sided(sheet: str) -> list[str]:
    """Every declaration that names left or right, or gives them different values."""
    found = []
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", sheet):
        if selector.strip() in MEANT:
            continue
        for declaration in body.split(";"):
            four = FOUR.match(declaration.strip())
            values = re.findall(r"(?:[^\s(]|\([^)]*\))+", four[1]) if four else []
            if SIDES.search(f";{declaration.strip()}") or (len(values) == 4 and values[1] != values[3]):
                found.append(f"{selector.strip()}: {declaration.strip()}")
    return found


def test_the_style_sheet_names_no_side(templates: Templates) -> None:
    assert one_sided(templates.style) == []


@pytest.mark.parametrize(
    "declaration",
    ["padding:.5rem 1rem .5rem 0", "margin-left:1rem", "text-align:right", "float:left", "left:0", "border-right: 1px"],
)
def test_the_gate_can_fail(declaration: str) -> None:
    assert one_sided(f"th,td{{color:red;{declaration}}}") == [f"th,td: {declaration}"]
    assert one_sided("a{padding:1px 2px 3px 2px;margin:0 auto;padding-inline-start:1rem}") == []


def test_a_table_begins_at_the_edge_of_its_text(
    tmp_path: Path, templates: Templates, arabic: StoryView, serving: Callable[[Path], str], browser: Browser
) -> None:
    (tmp_path / "theme").mkdir()
    (tmp_path / templates.stylesheet).write_text(templates.style, encoding="utf-8")
    (tmp_path / "index.html").write_text(templates.render("story.html", replace(arabic, html=TABLE)), encoding="utf-8")
    page = browser.new_page(viewport={"width": 800, "height": 600})
    page.goto(serving(tmp_path))
    first, last = page.locator("tbody td").all()
    paddings = "cell => { const style = getComputedStyle(cell); return [style.paddingRight, style.paddingLeft]; }"
    assert first.evaluate(paddings) == ["0px", "16px"]
    right, left = first.bounding_box(), last.bounding_box()
    assert right
    assert left
    assert right["x"] > left["x"]
    page.close()
