"""A name that changes keeps its address and its feed, and two spellings become one."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest

from briefing import settings as publication_settings
from briefing.checks import built_site
from briefing.checks.content import find_problems
from briefing.content.library import read_library
from briefing.site.edition import BuildOptions, open_edition
from briefing.site.rendering import render_all

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakePublication

    from briefing.errors import Problem

STORY = """\
---
title: T
date: 2026-04-01
summary: S.
topic: TOPIC
sources: [{name: SOURCE, url: null, note: n}]
tags: [TAG]
thread: THREAD
authors: [CURATOR]
status: STATUS
---
Text.
"""
NAMES = {
    "TOPIC": "Law",
    "SOURCE": "Wired",
    "TAG": "physics",
    "THREAD": "the-thread",
    "CURATOR": "ada",
    "STATUS": "published",
}
ALIASES = {
    "topics": {"Law": ["Policy", "The law!"]},
    "tags": {"physics": ["nature"]},
    "sources": {"Wired": ["WIRED", "Wired News"], "Yahoo News": ["Yahoo! News"]},
    "threads": {"the-thread": ["old-thread"]},
    "curators": {"ada": ["ada-l"]},
}


def story(**names: str) -> str:
    text = STORY
    for mark, name in {**NAMES, **names}.items():
        text = text.replace(mark, name)
    return text


def make(publication: MakePublication, aliases: object, files: dict[str, str]) -> Path:
    before = 'BRIEFING = {"topics": ["Science", "Law"], "email": {"sender": "a@example.org"}, "aliases": {'
    kinds = ",\n".join(f'"{kind}": {names!r}' for kind, names in aliases.items()) if isinstance(aliases, dict) else ""
    return publication(files, f"{before}\n{kinds}\n}}}}\n")


def found_in(root: Path) -> tuple[Problem, ...]:
    return find_problems(read_library(publication_settings.load(root)), dt.date(2026, 5, 1))


def rendered(root: Path, day: dt.date = dt.date(2026, 5, 1)) -> dict[str, str]:
    edition = open_edition(publication_settings.load(root), BuildOptions(as_of=day))
    render_all(edition)
    pages = {name: content for name, content in edition.site.files.items() if isinstance(content, bytes)}
    assert list(built_site.find(pages, frozenset(edition.site.files), "")) == []
    return {name: content.decode() for name, content in pages.items() if not name.startswith("theme/")}


OLD = story(TOPIC="Policy", SOURCE="WIRED", TAG="nature", THREAD="old-thread", CURATOR="ada-l")
FILES = {
    "stories/2026-04-01-old.md": OLD,
    "stories/2026-04-01-new.md": story(),
    "stories/2026-04-01-yahoo.md": story(SOURCE="Yahoo! News"),
    "stories/2026-04-01-news.md": story(SOURCE="Yahoo News"),
}


def test_what_has_a_former_name_counts_as_having_that_of_today(publication: MakePublication) -> None:
    root = make(publication, ALIASES, FILES)
    assert found_in(root) == ()
    pages = rendered(root)
    for address in ("topics/law", "tags/physics", "sources/wired", "threads/the-thread", "curators/ada"):
        assert 'href="/stories/2026-04-01-old/"' in pages[f"{address}/index.html"], address
        assert 'href="/stories/2026-04-01-new/"' in pages[f"{address}/index.html"], address
    assert "WIRED" not in pages["stories/2026-04-01-old/index.html"]
    assert "sources/yahoo-news/index.html" in pages


def test_without_them_the_spellings_collide(publication: MakePublication) -> None:
    files = {name: text for name, text in FILES.items() if "old" not in name} | {
        "stories/2026-04-01-w.md": story(SOURCE="WIRED")
    }
    found = found_in(make(publication, {}, files))
    assert {(p.path, p.line, p.field) for p in found} == {
        ("content/stories/2026-04-01-w.md", 6, "sources.1.name"),
        ("content/stories/2026-04-01-yahoo.md", 6, "sources.1.name"),
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("topics/policy", "/topics/law/"),
        ("topics/the-law", "/topics/law/"),
        ("tags/nature", "/tags/physics/"),
        ("sources/wired-news", "/sources/wired/"),
        ("threads/old-thread", "/threads/the-thread/"),
        ("curators/ada-l", "/curators/ada/"),
    ],
)
def test_a_former_address_leads_on(publication: MakePublication, old: str, new: str) -> None:
    pages = rendered(make(publication, ALIASES, FILES))
    assert f'content="0; url={new}"' in pages[f"{old}/index.html"]
    assert f"/{old}/" not in pages["sitemap.xml"]


def test_a_former_feed_is_the_feed_of_today(publication: MakePublication) -> None:
    pages = rendered(make(publication, ALIASES, FILES))
    assert pages["feeds/topics/policy.atom.xml"] == pages["feeds/topics/law.atom.xml"]
    assert (
        'rel="self" type="application/atom+xml" href="https://example.org/feeds/topics/law.atom.xml"'
        in (pages["feeds/topics/policy.atom.xml"])
    )


def test_an_address_leads_nowhere_before_there_is_a_page(publication: MakePublication) -> None:
    root = make(
        publication,
        ALIASES,
        {
            "stories/2026-04-01-old.md": OLD,
            "stories/2026-04-02-n.md": story(SOURCE="Yahoo News").replace("04-01", "04-02"),
        },
    )
    pages = rendered(root, dt.date(2026, 3, 31))
    assert "tags/nature/index.html" in pages  # the first story has the tag
    assert "sources/wired-news/index.html" not in pages


def test_a_renamed_story_keeps_its_id_in_feeds(publication: MakePublication) -> None:
    first = {"stories/2026-04-01-one.md": story().replace("status:", "aliases: [/2019/one.html]\nstatus:")}
    root = make(publication, {}, first)
    before = rendered(root)
    renamed = story().replace("status:", "aliases: [/2019/one.html, /stories/2026-04-01-one/]\nstatus:")
    (root / "content/stories/2026-04-01-one.md").unlink()
    (root / "content/stories/2026-04-01-two.md").write_text(renamed)
    again = rendered(root)
    wanted = "https://example.org/stories/2026-04-01-one/"
    for pages, name in ((before, "one"), (again, "two")):
        item = json.loads(pages["feeds/all.json"])["items"][0]
        assert (item["id"], item["url"]) == (wanted, f"https://example.org/stories/2026-04-01-{name}/")
        assert f"<id>{wanted}</id>" in pages["feeds/all.atom.xml"]
        assert f"<id>{wanted}</id>" in pages["feeds/topics/law.atom.xml"]
    assert 'url=/stories/2026-04-01-two/"' in again["stories/2026-04-01-one/index.html"]
