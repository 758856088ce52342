"""How the preview's own pages look: beside the theme's style sheet, at every width, in both colour schemes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from tests.preview.test_digests import HTML, LIST, record

from briefing.preview.digest_pages import TEMPLATES
from briefing.preview.digest_records import RecordedFinding, write_records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page
    from tests.preview.conftest import Preview

THEME = Path(__file__).resolve().parents[2] / "theme" / "templates"
LONG = "content/issues/2026-w14.md:4: digest.links: https://example.org/" + "a" * 300 + " leads nowhere; mend it"
JINJA = re.compile(r"\{[{%#].*?[%}#]\}", re.DOTALL)


def classes_in(files: Iterator[Path]) -> set[str]:
    """Every name that a class attribute or a selector of these templates and style sheets has."""
    found: set[str] = set()
    for file in files:
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".css":
            rules = re.sub(r"/\*.*?\*/", "", JINJA.sub("x", text), flags=re.DOTALL)
            selectors = re.findall(r"([^{};]+)\{", rules)
            found |= {name for selector in selectors for name in re.findall(r"\.([A-Za-z][\w-]*)", selector)}
        else:
            # What an expression adds to a class is a name too: `frame{{ ' narrow' if ... }}`.
            written = re.findall(r'class="((?:[^"{]|\{\{.*?\}\}|\{%.*?%\})*)"', text)
            quoted = [name for part in written for name in re.findall(r"['\"] ?([\w-]+)['\"]", part)]
            found |= {name for part in written for name in JINJA.sub(" ", part).split()} | set(quoted)
    return found


def test_tools_pages_and_readers_pages_share_no_class(tmp_path: Path) -> None:
    tools = classes_in(TEMPLATES.glob("*"))
    readers = classes_in(file for file in THEME.rglob("*") if file.suffix in {".html", ".css"})
    assert {"preview-findings", "preview-narrow", "briefing-digest"} <= tools
    assert {"form-page", "card", "choices"} <= readers
    assert tools & readers == set()
    (tmp_path / "a.html").write_text("<p class=\"one{{ ' two' if x }}\">")
    (tmp_path / "b.css").write_text("{# .no #}a.three > b, .four:is(.five) { width: 1.5rem }")
    assert classes_in(tmp_path.glob("*")) == {"one", "two", "three", "four", "five"}


@pytest.fixture
def shown(started: Preview, site: Path) -> Preview:
    """A preview with one digest of many findings, under the theme's own style sheet."""
    names = ("size", "clients", "contrast", "texts", "structure", "links", "subject", "preheader", "message", "markup")
    findings = [
        RecordedFinding(name, "17.7 KB, 19.1 KB as sent", "< 90 KB, one h1", "ok", "a note " * 20) for name in names
    ]
    findings += [
        RecordedFinding("pictures", "w" * 60, "measured", "error", ""),
        RecordedFinding("spam", "0.0 points", "", "warning", ""),
    ]
    newest = record(findings=tuple(findings), problems=(LONG, LONG + " (warning)"), html=HTML)
    write_records(started.site.with_name("digests"), [newest])
    (started.site / "theme").mkdir()
    (sheet,) = (site / "theme").glob("style.*.css")
    (started.site / "theme" / sheet.name).write_bytes(sheet.read_bytes())
    return started


def overlaps(page: Page) -> list[str]:
    """Every two parts of a page, beside or below each other, of which one covers another."""
    found: list[str] = page.evaluate(
        """() => {
          const parts = [...document.querySelectorAll("h1, .preview-inbox, .preview-findings, .preview-frame")]
            .map(part => [part.className || part.tagName, part.getBoundingClientRect()]);
          return parts.flatMap(([one, a], place) => parts.slice(place + 1)
            .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
            .map(([other]) => `${one} and ${other}`));
        }"""
    )
    return found


def cut(page: Page) -> list[str]:
    """Every finding that is not wholly on the page: wider than what it is in, or in a box that must be scrolled."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll(".preview-findings :is(th, td, li), .preview-inbox :is(dt, dd, p)")]
          .filter(cell => {
            const box = cell.getBoundingClientRect();
            if (!box.width || cell.closest("thead")) return false;
            for (let around = cell.parentElement; around !== document.body; around = around.parentElement) {
              const has = around.getBoundingClientRect();
              const cuts = getComputedStyle(around).overflowY !== "visible";
              if (box.right > has.right + 1 || (cuts && box.bottom > has.bottom + 1)) return true;
            }
            return cell.scrollWidth > cell.clientWidth + 1;
          })
          .map(cell => cell.textContent.trim().slice(0, 60))"""
    )
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280, 1920])
def test_a_digests_page_is_whole_at_every_width(
    shown: Preview, browser: Browser, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(shown.url + LIST + "2026-w14/")
    measure = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--measure')")
    assert measure == "40rem", "the theme's sheet is there"
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert overlaps(page) == []
    assert cut(page) == []
    # The digest's column is 552 pixels wide: where there is room, a frame shows the whole of it.
    frames = page.locator("iframe").evaluate_all("frames => frames.map(frame => frame.getBoundingClientRect().width)")
    wide = [size for size in frames if size != 322]
    assert min(wide) >= min(500, width - 2 * 16), frames
    rules = {
        "runOnly": {
            "type": "rule",
            "values": ["target-size", "color-contrast", "region", "scrollable-region-focusable"],
        }
    }
    found = Axe().run(page, options=rules).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    page.close()


def test_the_gates_can_fail(shown: Preview, browser: Browser) -> None:
    """A sheet that lays parts over each other, as a class of the list server's pages once did."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, bypass_csp=True)
    page.goto(shown.url + LIST + "2026-w14/")
    page.add_style_tag(
        content=".preview-frame { margin-block-start: -20rem } .preview-findings table { inline-size: 100rem }"
    )
    assert overlaps(page)
    assert cut(page)
    page.close()
