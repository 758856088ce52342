"""A real browser beside the preview, under the strict policy that the site's pages have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from tests.preview.conftest import Preview

PANEL = "#briefing-problems"


def test_the_page_follows_the_files(started: Preview, browser: Browser) -> None:
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(started.url)
    page.get_by_text("Hello").wait_for()

    (started.content / "index").write_text("Changed")
    page.get_by_text("Changed").wait_for()

    (started.content / "fault").write_text("content/x.md:3: title: <b>bold</b>; mend it")
    panel = page.locator(PANEL)
    panel.wait_for()
    assert panel.get_by_role("listitem").inner_text() == "content/x.md:3: title: <b>bold</b>; mend it"
    assert panel.evaluate("panel => getComputedStyle(panel).position") == "fixed"
    assert page.get_by_text("Changed").is_visible()
    page.keyboard.press("Escape")
    panel.wait_for(state="detached")

    (started.content / "fault").write_text("content/x.md:4: date: is missing; write it")
    panel.get_by_text("date: is missing").wait_for()
    panel.get_by_role("button", name="Hide").click()
    panel.wait_for(state="detached")

    (started.content / "fault").unlink()
    (started.content / "index").write_text("Mended")
    page.get_by_text("Mended").wait_for()
    assert complaints == []
    page.close()


def test_a_page_that_waits_for_the_first_site_gets_it(failing: Preview, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(failing.url + "/any/")
    page.get_by_text("The build failed").wait_for()
    page.locator(PANEL).get_by_text("holds <script>").wait_for()
    page.goto(failing.url)
    (failing.content / "fault").unlink()
    page.get_by_text("Hello").wait_for()
    page.close()


def test_tabs_in_the_background_hold_no_connection(started: Preview, browser: Browser) -> None:
    """A browser opens six connections to a host, and a page that waits for changes takes one of them."""
    context = browser.new_context()
    # Without a window every tab counts as visible, so each is told that it is not.
    context.add_init_script("Object.defineProperty(document, 'hidden', {get: () => !window.inFront})")
    pages = [context.new_page() for _ in range(8)]
    for page in pages:
        page.goto(started.url)
        page.get_by_text("Hello").wait_for()
    (started.content / "index").write_text("Changed")
    started.hears("changed:")
    started.hears("built in")
    assert pages[0].get_by_text("Hello").is_visible()
    pages[0].evaluate("window.inFront = true; document.dispatchEvent(new Event('visibilitychange'))")
    pages[0].get_by_text("Changed").wait_for()
    context.close()
