"""Every sample digest encoded_pieces as a page in a real browser: by all rules of axe, without rules, without pictures."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any, Literal

import pytest

from briefing.pages.views import Ref

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture(scope="module")
def samples(site: Path) -> dict[str, str]:
    """The HTML of the repository's own digests."""
    files = sorted(site.with_name("output-outbox").glob("*/digest.html"))
    return {file.parent.name: file.read_text(encoding="utf-8") for file in files}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page to which no picture comes."""
    page = browser.new_page()
    page.route("**/*", lambda route: route.abort())
    yield page
    page.close()


def encoded_pieces(page: Page, html: str, width: int, scheme: Literal["light", "dark"]) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.set_content(html, wait_until="load")


def found_by_all_rules(page: Page) -> list[str]:
    """What axe finds with every rule it has, those of level AAA and experimental ones included."""
    from axe_playwright_python.sync_playwright import Axe

    axe = Axe()
    page.evaluate(axe.axe_script)
    rules = page.evaluate("axe.getRules().map(rule => rule.ruleId)")
    assert "color-contrast-enhanced" in rules
    found = axe.run(page, options={"rules": {rule: {"enabled": True} for rule in rules}})
    return [
        f"{finding['impact']}: {finding['id']}: {finding['nodes'][0]['html'][:120]}"
        for finding in found.response["violations"]
    ]


def width_beyond(page: Page) -> int:
    beyond: int = page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
    return beyond


@pytest.mark.parametrize("scheme", SCHEMES)
def test_all_rules_of_axe_find_nothing_in_any_sample(samples: dict[str, str], page: Page, scheme: Any) -> None:
    assert len(samples) >= 5
    for name, html in samples.items():
        encoded_pieces(page, html, 320 if scheme == "dark" else 1200, scheme)
        assert found_by_all_rules(page) == [], name
        assert width_beyond(page) == 0, name


def test_all_rules_of_axe_find_nothing_in_one_of_everything(read: Any, whole: Any, page: Page) -> None:
    for scheme in SCHEMES:
        encoded_pieces(page, read(whole).digest.html, 600, scheme)
        assert found_by_all_rules(page) == [], scheme


def test_that_gate_can_fail(read: Any, whole: Any, page: Page) -> None:
    pale = read(whole, brand={"muted": "#6b6b6b"}).digest.html
    encoded_pieces(page, pale, 600, "light")
    assert [finding.split(": ")[1] for finding in found_by_all_rules(page)] == ["color-contrast-enhanced"]


def test_without_its_rules_a_digest_is_whole(samples: dict[str, str], page: Page) -> None:
    """Gmail's apps drop every style tag for accounts of other providers."""
    for name, html in samples.items():
        encoded_pieces(page, re.sub(r"<style\b.*?</style>", "", html, flags=re.DOTALL), 320, "dark")
        assert width_beyond(page) == 0, name
        assert found_by_all_rules(page) == [], name


def test_the_button_can_be_hit_and_reads_in_both_schemes(read: Any, an: Any, page: Page) -> None:
    html = read(an.issue(), brand={"accent": "#123456", "accent_dark": "#abcdef"}).digest.html
    grounds: dict[Literal["light", "dark"], str] = {"light": "rgb(18, 52, 86)", "dark": "rgb(171, 205, 239)"}
    for scheme, ground in grounds.items():
        encoded_pieces(page, html, 320, scheme)
        button = page.get_by_role("link", name="Read the story")
        box = button.bounding_box()
        assert box
        assert box["height"] >= 44
        assert button.evaluate("link => getComputedStyle(link).backgroundColor") == ground


def test_outlook_on_windows_has_its_own_button_and_no_second_one(read: Any, an: Any) -> None:
    html = read(an.issue()).digest.html
    (shape,) = re.findall(r"<!--\[if mso\]><v:roundrect .*?</v:roundrect><!\[endif\]-->", html)
    assert 'href="https://example.org/stories/2026-03-30-story-0/"' in shape
    assert 'fillcolor="#1d4e89"' in shape
    assert ">Read the story</center>" in shape
    for_others = re.findall(r"<!--\[if !mso\]><!-->(.*?)<!--<!\[endif\]-->", html)
    assert len(for_others) == 1
    assert html.count("Read the story") == 2
    assert 'xmlns:v="urn:schemas-microsoft-com:vml"' in html


def test_words_in_place_of_a_picture_are_readable_in_the_dark(read: Any, whole: Any, page: Page) -> None:
    encoded_pieces(page, read(whole).digest.html, 600, "dark")
    colours = page.get_by_alt_text("Five frames").evaluate(
        "picture => [getComputedStyle(picture).color, getComputedStyle(picture).backgroundColor]"
    )
    assert colours == ["rgb(26, 28, 35)", "rgb(251, 250, 247)"]


def test_a_date_behind_a_name_from_right_to_left_stays_together(read: Any, an: Any, page: Page) -> None:
    arabic = an.source(title="عنوان المقال", publisher=Ref("الجريدة", "sources/x/"))
    encoded_pieces(page, read(an.issue(lead=an.item(0, sources=(arabic,)))).digest.html, 600, "light")
    places = page.evaluate(
        """() => {
          const text = [...document.querySelectorAll("li")].at(-1).lastChild;
          const left = word => {
            const range = document.createRange(), at = text.data.indexOf(word);
            range.setStart(text, at); range.setEnd(text, at + word.length);
            return range.getBoundingClientRect().left;
          };
          return ["29", "March", "2026"].map(left);
        }"""
    )
    assert places == sorted(places)


def test_blocked_pictures_make_no_room_that_a_phone_has_not(read: Any, whole: Any, page: Page) -> None:
    html = '<p><img src="\x1eimages/wide.png" alt="A wide picture" width="1200" height="600" loading="lazy"></p>'
    encoded_pieces(page, read(dataclasses.replace(whole, html=html)).digest.html, 320, "light")
    assert width_beyond(page) == 0
    assert page.get_by_alt_text("A wide picture").is_visible()
