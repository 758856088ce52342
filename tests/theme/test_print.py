"""Pages on paper: none begins with an empty one."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser

    from briefing.pages.templating import Templates
    from briefing.pages.views import IssuePage

SENTENCE = "What happened in this week is told here at some length, so that a reader knows of it. "
STREAM = re.compile(rb"/FlateDecode.*?stream\r?\n(.*?)endstream", re.DOTALL)


def letters(pdf: bytes) -> int:
    """How many glyphs are set, by the operators Tj and TJ of its pages' streams (ISO 32000-1, 9.4.3)."""
    streams = (zlib.decompressobj().decompress(stream) for stream in STREAM.findall(pdf))
    shown = [
        text for stream in streams for text in re.findall(rb"<([0-9A-Fa-f]+)> ?Tj|\[(.*?)\] ?TJ", stream, re.DOTALL)
    ]
    return sum(len(b"".join(re.findall(rb"[0-9A-Fa-f]{4}", one or many))) // 4 for one, many in shown)


def test_the_first_page_of_an_issue_has_its_lead(
    tmp_path: Path, templates: Templates, issue_page: IssuePage, serving: Callable[[Path], str], browser: Browser
) -> None:
    lead = issue_page.issue.lead
    assert lead
    card = replace(lead.card, title="The lead", summary=SENTENCE * 3)
    # Longer than what is left of a page below the head, as the lead of a real issue is.
    lead = replace(lead, card=card, why_it_matters=SENTENCE, key_questions=(SENTENCE,) * 24)
    issue = replace(issue_page.issue, title="An issue", html=f"<p>{SENTENCE * 3}</p>", lead=lead)
    (tmp_path / "theme").mkdir()
    (tmp_path / templates.stylesheet).write_text(templates.style, encoding="utf-8")
    (tmp_path / "index.html").write_text(
        templates.render("issue.html", replace(issue_page, issue=issue)), encoding="utf-8"
    )
    page = browser.new_page()
    page.goto(serving(tmp_path))
    first, whole = letters(page.pdf(format="A4", page_ranges="1")), letters(page.pdf(format="A4"))
    assert whole > 2000
    assert first > 600, "head and introduction alone are fewer than 400"
    page.close()


def test_every_kind_of_page_begins_with_text(site: Path, serving: Callable[[Path], str], browser: Browser) -> None:
    address = serving(site)
    page = browser.new_page()
    largest = (
        max((site / kind).glob("*/index.html"), key=lambda file: file.stat().st_size) for kind in ("issues", "stories")
    )
    for path in ["", "issues/", "corrections/", *(file.relative_to(site).as_posix() for file in largest)]:
        page.goto(address + path)
        whole = letters(page.pdf(format="A4"))
        # The name, the tagline and a heading alone are no more than a hundred.
        assert letters(page.pdf(format="A4", page_ranges="1")) > min(400, whole - 1), path
    page.close()


def test_letters_are_counted(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<p>abcde</p><div style='break-before: page'>fgh</div>")
    assert (letters(page.pdf(page_ranges="1")), letters(page.pdf())) == (5, 8)
    page.close()
