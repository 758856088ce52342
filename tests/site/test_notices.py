"""A notice, a mail outside the sequence: where readers find it, and what it leaves alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from lxml import html

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import MakePublication

    Briefing = Callable[..., subprocess.CompletedProcess[str]]

NOTICE = "---\ntitle: We were wrong\ndate: 2026-04-05\n%s---\nIt was the *other* one.\n"
LATER = """\
---
number: 2
title: The second issue
date: 2026-04-10
lead: 2026-04-08-later
---
"""
STORY = """\
---
title: Later
date: 2026-04-08
summary: What came later.
topic: Law
sources: [{name: The Gazette, url: null, note: Read on paper.}]
---
Text.
"""


@pytest.fixture
def built(publication: MakePublication, briefing: Briefing) -> Callable[..., Path]:
    """`built("status: hidden\\n")`: the site of a publication with a notice between its two issues, or after both."""

    def make(more: str = "", name: str = "2026-w14-correction", date: str = "2026-04-05") -> Path:
        files = {
            f"issues/{name}.md": (NOTICE % more).replace("2026-04-05", date),
            "issues/2026-w15.md": LATER,
            "stories/2026/2026-04-08-later.md": STORY,
        }
        root = publication(files, 'BRIEFING["minimum_stories"] = 1\n')
        done = briefing(root, "build", "--as-of", "2026-05-01")
        assert (done.returncode, done.stderr.count("error")) == (0, 0), done.stderr
        return root / "output"

    return make


def words(site: Path, page: str, where: str = "//main") -> str:
    tree = html.fromstring((site / page).read_text(encoding="utf-8"))
    return " ".join(" ".join(element.text_content() for element in tree.xpath(where)).split())


def test_it_is_in_the_archive_without_a_number(built: Callable[..., Path]) -> None:
    archive = words(built(), "issues/index.html")
    assert re.search("The second issue Issue 2 1 story .*We were wrong Notice 1 minute.*Issue 1 ", archive)


def test_its_page_is_its_text(built: Callable[..., Path]) -> None:
    site = built()
    page = words(site, "issues/2026-w14-correction/index.html")
    assert page.startswith("Notice We were wrong 5 April 2026")
    assert "It was the other one." in page
    assert "In this issue" not in page
    assert "Issue" not in page.split("The first issue")[0].split("It was")[0]
    assert "The second issue" in page


def test_the_newest_issue_stays_the_newest(built: Callable[..., Path]) -> None:
    site = built(name="2026-w16-correction", date="2026-04-13")
    newest = words(site, "index.html", "//section[@aria-labelledby='_newest']")
    assert "The second issue" in newest
    assert "We were wrong" not in newest
    assert "We were wrong" in (site / "feeds/issues.atom.xml").read_text(encoding="utf-8")


def test_a_hidden_one_is_only_at_its_address(built: Callable[..., Path]) -> None:
    site = built("status: hidden\n")
    assert (site / "issues/2026-w14-correction/index.html").is_file()
    for file in ("issues/index.html", "feeds/issues.atom.xml", "feeds/issues.rss.xml", "sitemap.xml"):
        text = (site / file).read_text(encoding="utf-8")
        assert "2026-w14-correction" not in text, file
        assert "2026-w15" in text, file
