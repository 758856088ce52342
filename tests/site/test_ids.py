"""Ids: each once on its page, and whatever names one finds it, whatever a text calls its headings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from lxml import etree, html

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.conftest import MakePublication

TEMPLATES = Path(__file__).resolve().parents[2] / "theme" / "templates"
NAMING = ("for", "aria-labelledby", "aria-describedby", "aria-controls")


def names_in_the_theme() -> set[str]:
    """What the theme's templates write as ids, without the prefix that keeps them apart from headings."""
    found = {name for file in TEMPLATES.rglob("*.html") for name in re.findall(r'"_([a-z]+)', file.read_text("utf-8"))}
    assert {"main", "contents", "sources", "thread", "join"} <= found
    return found


def hostile(frontmatter: str = "") -> str:
    """A text whose headings ask for every id that the theme, footnotes and sources have."""
    wanted = [*sorted(names_in_the_theme()), "Section 1", "Source 1", "Source", "Source", "fn 1", "fn", "fn", "fnref 1"]
    wanted += ["Join title", "Join trap", "Join fault"]
    plain = "".join(f"## {name}\n\n" for name in wanted)
    given = "".join(f"## A {{#{name}}}\n\n" for name in ("_main", "_sources", "source-1", "fn-1", "_join-title"))
    return f"---\n{frontmatter}---\nText[^1] and[^x] [there](#main), [here](#fn-1).\n\n{plain}{given}[^1]: A note.\n\n[^x]: Another.\n"


STORY = """\
title: A first story
date: 2026-03-30
summary: What happened, in a sentence.
topic: Science
sources: [{name: The Journal, url: "https://journal.example/1"}, {name: The Gazette, url: "https://gazette.example/2"}]
disagreements: [{claim: How many, accounts: [{source: 1, says: Two.}, {source: 2, says: Three.}]}]
corrections: [{date: 2026-03-31, text: It was two.}]
authors: [ada, bob]
tags: [physics]
thread: the-thread
"""
ISSUE = """\
number: 1
title: The first issue
date: 2026-04-03
preheader: And what came after it.
lead: 2026-03-30-a-first-story
sections: [{title: Law, stories: [2026-03-31-a-second-story]}]
links: [{title: A short thing, url: "https://lines.example/1"}]
"""
FILES = {
    "stories/2026/2026-03-30-a-first-story.md": hostile(STORY).replace("Text[^1]", "Text[^s1][2](#source-2)[^1]"),
    "issues/2026-w14.md": hostile(ISSUE),
    "threads/the-thread.md": hostile("title: The thread\nsummary: One subject over time.\n"),
    "curators/ada.md": hostile("name: Ada\n"),
    "curators/bob.md": hostile("name: Bob\n"),
    "pages/about.md": hostile("title: About\n"),
}
JOIN = """
BRIEFING["delivery"] = {"listserver": "https://list.example"}
"""


def faults(site: Path, base: str = "") -> list[str]:
    """Every id that a page has twice, and every name of an id that leads to none."""
    pages = {file.relative_to(site).as_posix(): html.fromstring(file.read_bytes()) for file in site.rglob("*.html")}
    ids = {name: page.xpath("//@id") for name, page in pages.items()}
    found = [f"{name}: {one} twice" for name, own in ids.items() for one in set(own) if own.count(one) > 1]
    for name, page in pages.items():
        for attribute in NAMING:
            named = [one for value in page.xpath(f"//@{attribute}") for one in value.split()]
            found += [f"{name}: {attribute}={one}" for one in named if one not in ids[name]]
        for href in page.xpath("//a/@href"):
            parts = urlsplit(href)
            if parts.scheme or not parts.fragment:
                continue
            path = unquote(parts.path).removeprefix(f"{base}/")
            target = name if not parts.path else f"{path}index.html" if path.endswith("/") or not path else path
            found += [f"{name}: {href}"] if unquote(parts.fragment) not in ids[target] else []
    return found


def test_the_sample_has_each_id_once(site: Path) -> None:
    assert faults(site) == []


def test_whatever_headings_are_called_each_id_is_there_once(
    publication: MakePublication, briefing: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    root = publication(FILES, JOIN)
    done = briefing(root, "build")
    assert done.returncode == 0, done.stderr
    output = root / "output"
    assert faults(output) == []
    page = html.fromstring((output / "stories/2026-03-30-a-first-story/index.html").read_bytes())
    assert page.xpath("//section[@class='curators']//div[@class='prose']//@id") == []
    assert page.xpath("//section[@class='curators']//a[.='there']/@href") == [
        "/curators/ada/#main",
        "/curators/bob/#main",
    ]
    done = briefing(root, "check")
    assert "appears twice" not in done.stderr
    assert "no element has the id" not in done.stderr


def test_citations_are_complete_in_feeds(
    publication: MakePublication, briefing: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    root = publication(FILES, JOIN)
    assert briefing(root, "build").returncode == 0
    story = "https://example.org/stories/2026-03-30-a-first-story/"
    cited = f'<a href="{story}#source-1">[1]</a><a href="{story}#source-2">[2]</a>'
    atom = (root / "output/feeds/all.atom.xml").read_text("utf-8")
    contents = etree.fromstring(atom.encode()).xpath("//*[local-name()='content']/text()")
    assert [f"Text{cited}" in content for content in contents] == [False, True]
    json_feed = (root / "output/feeds/all.json").read_text("utf-8")
    assert f"{story}#source-2" in json_feed
    assert 'href=\\"#' not in json_feed
