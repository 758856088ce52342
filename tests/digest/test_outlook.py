"""What Outlook on Windows is told in its own style tag, against the style attributes that are there for all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html as lxml_html

from briefing.digest import make_digest
from briefing.pages.templating import Templates
from briefing.pages.views import DigestView

if TYPE_CHECKING:
    from lxml.html import HtmlElement

BLOCK = re.compile(r"<!--\[if mso\]>.*?<style>(.*?)</style>.*?<!\[endif\]-->", re.DOTALL)


def lost(page: str) -> list[str]:
    """Every declaration for Outlook that loses to an element's own style attribute, and no other makes up for."""
    (sheet,) = BLOCK.findall(page)
    tree = lxml_html.fromstring(page)
    weak: dict[HtmlElement, dict[str, str]] = {}
    firm: dict[HtmlElement, set[str]] = {}
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", sheet):
        declared = [re.split(r":\s*", each.strip(), maxsplit=1) for each in body.split(";") if each.strip()]
        for selector in selectors.split(","):
            for element in selected(tree, selector.strip()):
                weak.setdefault(element, {}).update((name, value) for name, value in declared if "!" not in value)
                firm.setdefault(element, set()).update(name for name, value in declared if "!important" in value)
    return [
        f"{name}: {value} of <{element.tag} style='{element.get('style')}'>"
        for element, said in weak.items()
        for name, value in said.items()
        if name in own(element) - firm[element] and f"{name}:{value}" not in element.get("style")
    ]


def selected(tree: HtmlElement, selector: str) -> list[HtmlElement]:
    """The elements of a selector that Outlook knows: a tag or a class."""
    if selector.startswith("."):
        return [each for each in tree.iter() if selector[1:] in str(each.get("class", "")).split()]
    assert selector.isalnum(), selector
    return list(tree.iter(selector))


def own(element: HtmlElement) -> set[str]:
    """The properties of a style attribute, and those that its shorthands set as well."""
    names = {part.partition(":")[0].strip() for part in element.get("style", "").split(";")}
    sides = {f"{name}-{side}" for name in names & {"margin", "padding"} for side in ("left", "right", "top", "bottom")}
    return names | sides | ({"font-family"} if "font" in names else set())


@pytest.mark.parametrize("language", ["en", "ar"])
def test_what_outlook_is_told_wins(whole: Any, make_settings: Any, language: str) -> None:
    page = read_in(language, whole, make_settings)
    side = "right" if language == "ar" else "left"
    assert f"margin-{side}: 24px !important" in BLOCK.findall(page)[0]
    assert "Arial, sans-serif !important" in BLOCK.findall(page)[0]
    assert lost(page) == []
    assert lost(page.replace(" !important; } ul, ol", "; } ul, ol")), "the gate can fail"
    assert lost(page.replace(f"margin-{side}: 24px !important", f"margin-{side}: 24px"))


def read_in(language: str, view: Any, make_settings: Any) -> str:
    """The digest of a publication in this language."""
    settings = make_settings({"DEFAULT_LANG": language})
    digest: str = make_digest(DigestView(view, "https://unsubscribe.invalid/"), Templates(settings), settings).html
    return digest


@pytest.mark.parametrize(
    ("site", "story", "side", "other"), [("en", "ar", "right", "left"), ("ar", "en", "left", "right")]
)
def test_lists_of_a_story_in_another_direction_have_room_on_its_side(
    an: Any, make_settings: Any, site: str, story: str, side: str, other: str
) -> None:
    page = read_in(site, an.issue(lead=an.item(0, lang=story, key_questions=("One?", "Two?"))), make_settings)
    (told,) = lxml_html.fromstring(page).xpath(f"//div[@lang='{story}']")
    styles = [
        dict(part.split(":", 1) for part in each.get("style").replace(" ", "").rstrip(";").split(";"))
        for each in told.iter("ul")
    ]
    assert styles
    for style in styles:
        assert style[f"padding-{side}"] == "22px"
        assert style[f"padding-{other}"] in {"0", "0px"}
