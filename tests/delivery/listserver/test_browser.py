"""The list server's pages in a real browser: readable by everyone, on every screen, and usable without scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.delivery.listserver_parts import Served, close, link_in, publication_at, served

from briefing.delivery.store.database import now
from briefing.delivery.store.tables import Membership
from briefing.delivery.store.tokens import Purpose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = served(publication_at(tmp_path_factory.mktemp("listserver-browser") / "publication"))
    yield running
    close(running)


def findings(page: Page) -> list[str]:
    found = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}}).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:90]}" for each in found]


def width_beyond(page: Page) -> int:
    beyond: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return beyond


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 320)])
def test_pages_can_be_read_by_everyone(
    server: Served, browser: Browser, scheme: Literal["light", "dark"], width: int
) -> None:
    tokens = server.tokens
    reader = server.reader(f"{'long' * 12}-{scheme}@example.net")
    paused = server.reader(f"paused-{scheme}@example.net")
    gone = server.reader(f"gone-{scheme}@example.net", Membership.BOUNCED)
    server.post(f"/p/{tokens.make(Purpose.PAGE, paused)}", data={"do": "pause-30"})
    soon = now() + 1000
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
    page = context.new_page()
    heard: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    for where in (
        "/subscribe",
        f"/c/{tokens.make(Purpose.CONFIRM, reader, soon)}",
        f"/u/{tokens.make(Purpose.UNSUBSCRIBE, reader)}",
        f"/m/{tokens.make(Purpose.CHANGE_ADDRESS, reader, soon)}",
        f"/p/{tokens.make(Purpose.PAGE, reader)}",
        f"/p/{tokens.make(Purpose.PAGE, paused)}",
        f"/p/{tokens.make(Purpose.PAGE, gone)}",
    ):
        page.goto(f"{server.url}{where}")
        assert findings(page) == [], where
        assert width_beyond(page) <= 0, where
    assert heard == []
    page.goto(f"{server.url}/u/x")
    assert findings(page) == []
    page.goto(f"{server.url}/subscribe")
    page.evaluate("document.querySelector('form').noValidate = true")
    page.fill("#_join", "nobody")
    page.click("button")
    assert page.inner_text("#_join-error").startswith("This address has no @")
    assert findings(page) == []
    assert width_beyond(page) <= 0
    assert [url for url in asked if not url.startswith(server.url)] == []
    context.close()


def test_a_reader_does_everything_with_the_keyboard_and_without_scripts(server: Served, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server.url}/subscribe")
    page.fill("#_join", "keys@example.net")
    page.press("#_join", "Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Check your inbox")
    page.goto(f"{server.url}{link_in(server.await_letter('keys@example.net', 'Confirm'))}")
    page.click("text=Subscribe")
    page.wait_for_selector("text=You are subscribed")
    page.click("text=Your subscription")
    assert "k***@e***.net" in page.inner_text("main")
    page.click("text=Pause for 30 days")
    assert "to k***@e***.net again from" in page.inner_text("main")
    page.click("text=Resume now")
    page.fill("#_email", "new-keys@example.net")
    page.click('text="Change"')  # the whole of it: a paragraph speaks of changes too
    assert "we sent a link to it" in page.inner_text("main")
    own = page.url
    page.goto(f"{server.url}{link_in(server.await_letter('new-keys@example.net', 'new address'))}")
    page.click("text=Use this address")
    page.goto(own)
    assert "n***@e***.net" in page.inner_text("main")
    page.get_by_role("button", name="Unsubscribe").click()
    page.wait_for_selector("text=You are unsubscribed")
    assert server.state("new-keys@example.net") is Membership.UNSUBSCRIBED
    assert "keys" not in own
    context.close()


def test_the_trap_is_neither_seen_nor_reached_nor_read_out(server: Served, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 800})
    page.goto(f"{server.url}/subscribe")
    box = page.locator("#_join-trap").bounding_box()
    assert box
    assert box["x"] + box["width"] <= 0
    names = []
    for _ in range(4):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.name || document.activeElement.tagName"))
    assert "leave-empty" not in names
    assert "email" in names
    page.close()


def test_the_sites_form_reaches_the_list_server(
    server: Served, site: Path, serving: Callable[[Path], str], tmp_path: Path, browser: Browser
) -> None:
    own = "https://list.primary-source.example"
    host = server.url.removesuffix("/list")
    page = browser.new_page()
    html = (site / "index.html").read_text(encoding="utf-8")
    assert html.count(own) == 2
    # The form of the built site, led to the server of this test, under the policy that the site has for its own.
    html = html.replace(f'action="{own}/subscribe"', f'action="{server.url}/subscribe"').replace(own, host)
    for name in ("theme", "images"):
        (tmp_path / name).symlink_to(site / name)
    (tmp_path / "index.html").write_text(html, encoding="utf-8")
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.goto(serving(tmp_path))
    page.fill(".join input[type=email]", "site@example.net")
    page.click(".join button")
    page.wait_for_selector("text=Check your inbox")
    assert heard == []
    assert server.state("site@example.net") is Membership.PENDING
    page.close()


def test_its_policy_lets_no_form_go_elsewhere(
    server: Served, site: Path, serving: Callable[[Path], str], tmp_path: Path, browser: Browser
) -> None:
    html = (site / "index.html").read_text(encoding="utf-8")
    html = re.sub(r'action="https://[^"]*"', f'action="{server.url}/subscribe"', html)
    (tmp_path / "index.html").write_text(html, encoding="utf-8")
    page = browser.new_page()
    page.goto(serving(tmp_path))
    page.fill(".join input[type=email]", "stray@example.net")
    with page.expect_console_message(lambda message: "form-action" in message.text):
        page.evaluate("setTimeout(() => document.querySelector('.join button').click())")
    assert server.state("stray@example.net") is None
    page.close()
