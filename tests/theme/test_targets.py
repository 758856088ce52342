"""What a finger must hit is at least 24 pixels high (WCAG 2.2, 2.5.8), on every kind of page of a phone's width."""

from __future__ import annotations

from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe
from tests.theme.test_browser import one_of_each_kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from briefing.pages.templating import Templates
    from briefing.pages.views import IssuePage, StoryView

# Links within a sentence are excepted, as in the criterion: their height is the line's.
SMALL = """() => [...document.querySelectorAll("a, button, input")]
  .filter(target => !target.closest(".prose") && target.getClientRects().length)
  .filter(target => ![...target.parentElement.childNodes].some(node => node.nodeType === 3 && node.data.trim().length > 1))
  .map(target => [target.getBoundingClientRect().height, target.outerHTML.slice(0, 90)])
  .filter(([height]) => height < 24)
  .map(([height, html]) => `${height} ${html}`)"""


def found_by_axe(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": {"type": "rule", "values": ["target-size"]}}).response["violations"]
    return [node["html"][:90] for rule in found for node in rule["nodes"]]


def small(page: Page) -> list[str]:
    found: list[str] = page.evaluate(SMALL)
    return found


def test_every_kind_of_page_can_be_hit(site: Path, serving: Callable[[Path], str], browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 800})
    address = serving(site)
    for path in [*one_of_each_kind(site), "page/2/"]:
        page.goto(address + path)
        assert small(page) == [], path
        assert found_by_axe(page) == [], path
    page.close()


def test_pages_with_everything_can_be_hit(
    tmp_path: Path,
    templates: Templates,
    story: StoryView,
    arabic: StoryView,
    issue_page: IssuePage,
    serving: Callable[[Path], str],
    browser: Browser,
) -> None:
    (tmp_path / "theme").mkdir()
    (tmp_path / templates.stylesheet).write_text(templates.style, encoding="utf-8")
    views = {"story": ("story.html", story), "arabic": ("story.html", arabic), "issue": ("issue.html", issue_page)}
    address = serving(tmp_path)
    page = browser.new_page(viewport={"width": 360, "height": 800})
    for name, (template, view) in views.items():
        (tmp_path / f"{name}.html").write_text(templates.render(template, view), encoding="utf-8")
        page.goto(f"{address}{name}.html")
        assert small(page) == [], name
        assert found_by_axe(page) == [], name
    page.close()


def test_both_gates_can_fail(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 800})
    page.set_content(
        "<p style='font: 12px/1 serif'><a href='/a'>One</a><br><a href='/b'>Two</a> <a href='/c'>Three</a></p>"
    )
    assert len(small(page)) == 3
    assert found_by_axe(page)
    page.close()
