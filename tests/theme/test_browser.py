"""The sample site in a real browser: nothing that axe finds, nothing wider than a small phone, nothing from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from briefing.pages.templating import Templates
    from briefing.pages.views import IssuePage, StoryView

KINDS = ("topics", "tags", "threads", "sources", "curators", "weeks", "issues", "stories")


def one_of_each_kind(site: Path) -> list[str]:
    folders = [f"{kind}/" for kind in KINDS if (site / kind / "index.html").is_file()]
    largest = (max((site / kind).glob("*/index.html"), key=lambda page: page.stat().st_size) for kind in KINDS)
    single = [f"{page.parent.relative_to(site).as_posix()}/" for page in largest]
    return ["", "about/", "corrections/", "404.html", *folders, *single]


def width_beyond(page: Page) -> int:
    beyond: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return beyond


def findings(page: Page) -> list[str]:
    return [f"{found['id']}: {found['nodes'][0]['html'][:90]}" for found in Axe().run(page).response["violations"]]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 320)])
def test_pages_can_be_read_by_everyone(
    site: Path,
    serving: Callable[[Path], str],
    browser: Browser,
    scheme: Literal["light", "dark"],
    width: int,
) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 800})
    address = serving(site)
    heard: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: heard.append(f"{page.url}: {message.text}"))
    page.on("request", lambda request: asked.append(request.url))
    for path in one_of_each_kind(site):
        page.goto(address + path)
        assert findings(page) == [], path
        assert width_beyond(page) <= 0, path
    assert heard == []
    assert [url for url in asked if not url.startswith(address)] == []
    page.close()


def test_long_words_and_addresses_stay_within_a_small_phone(
    tmp_path: Path,
    templates: Templates,
    story: StoryView,
    arabic: StoryView,
    issue_page: IssuePage,
    serving: Callable[[Path], str],
    browser: Browser,
) -> None:
    files = {
        templates.stylesheet: templates.style,
        "story.html": templates.render("story.html", story),
        "arabic.html": templates.render("story.html", arabic),
        "issue.html": templates.render("issue.html", issue_page),
    }
    (tmp_path / "theme").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    address = serving(tmp_path)
    page = browser.new_page(viewport={"width": 320, "height": 800})
    for name in ("story", "arabic", "issue"):
        page.goto(f"{address}{name}.html")
        assert page.evaluate("getComputedStyle(document.body).maxInlineSize") != "none"
        assert findings(page) == [], name
        assert width_beyond(page) <= 0, name
    page.close()


def test_both_gates_can_fail(browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 800})
    page.set_content("<title>x</title><p style='color: #ccc; width: 900px'>Pale and wide <img src='data:,'></p>")
    assert {"color-contrast", "image-alt"} <= {found.partition(":")[0] for found in findings(page)}
    assert width_beyond(page) > 0
    page.close()
