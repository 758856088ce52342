"""The HTML in a real browser: nothing to scroll sideways, and nothing that axe finds."""

from __future__ import annotations

import base64
import dataclasses
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
INTRODUCTION = """
<h2>First</h2><p>Good <em>morning</em>, <code>x = 1</code>, <a href="https://a.example/">a link</a>.</p>
<ul><li>one<ul><li>two</li></ul></li></ul><blockquote><p>Said.</p></blockquote>
<table><thead><tr><th>Name</th><th>Year</th></tr></thead><tbody><tr><td>Ada</td><td>1815</td></tr></tbody></table>
<pre><code>{}</code></pre>
""".format("a_very_long_line_of_code(" * 12)


@pytest.fixture
def page(browser: Browser) -> Page:
    return browser.new_page()


def shown(page: Page, html: str, width: int, scheme: Literal["light", "dark"], *, pictures: bool = True) -> Page:
    def answer(route: Route) -> None:
        if pictures:
            route.fulfill(body=DOT, content_type="image/png")
        else:
            route.abort()

    page.route("**/*", answer)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.set_content(html, wait_until="load")
    return page


@pytest.fixture
def trying(an: Any, whole: Any) -> Any:
    """An issue with everything, and with what breaks a narrow column."""
    hard = an.item(
        3,
        title="Donaudampfschifffahrtsgesellschaftskapitänspatent" * 3,
        summary="https://example.org/" + "a" * 1980,
        lang="de",
        sources=(an.source(href="https://example.org/" + "a" * 1980, publisher=whole.corrections[0].story),),
    )
    arabic = an.item(4, title="عنوان عربي", summary="هذا ملخص قصير.", lang="ar", why_it_matters="لأنه مهم.")
    section = dataclasses.replace(whole.sections[0], items=(*whole.sections[0].items, hard, arabic))
    return dataclasses.replace(whole, html=INTRODUCTION, sections=(section,))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 600, 1200])
def test_no_sideways_scroll_and_nothing_for_axe(read: Any, trying: Any, page: Page, width: int, scheme: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    shown(page, read(trying).digest.html, width, scheme)
    assert page.evaluate("document.scrollingElement.scrollWidth") == width
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_the_column_is_no_wider_than_600_pixels(read: Any, trying: Any, page: Page) -> None:
    shown(page, read(trying).digest.html, 1200, "light")
    assert page.evaluate("document.querySelector('.column').getBoundingClientRect().width") <= 600


def test_dark_readers_get_the_dark_colours(read: Any, whole: Any, page: Page) -> None:
    html = read(whole, brand={"paper_dark": "#010203", "ink_dark": "#fdfeff"}).digest.html
    shown(page, html, 600, "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(1, 2, 3)"
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(253, 254, 255)"
    shown(page, html, 600, "light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(251, 250, 247)"


def test_without_pictures_every_word_is_there(read: Any, whole: Any, page: Page) -> None:
    shown(page, read(whole).digest.html, 600, "light", pictures=False)
    text = page.inner_text("body")
    for said in ("A quiet week", "What happened, part 0", "Because.", "makes paperclips.", "Unsubscribe"):
        assert said in text
    assert page.get_by_alt_text("Five frames").is_visible()
    assert "What came after it" not in text


def test_axe_would_see_a_missing_alternative_text(read: Any, whole: Any, page: Page) -> None:
    from axe_playwright_python.sync_playwright import Axe

    shown(page, read(whole).digest.html.replace('alt="Five frames"', ""), 600, "light")
    assert "image-alt" in {violation["id"] for violation in Axe().run(page).response["violations"]}
