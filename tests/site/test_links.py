"""No build has a dead link within the site, whatever its day and whatever is a draft, hidden or published."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import jinja2
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from briefing import settings as publication_settings
from briefing import urls
from briefing.checks import built_site
from briefing.checks.content import find_problems
from briefing.content.library import read_library
from briefing.errors import ProblemsFoundError, Weight
from briefing.pages.page_urls import files
from briefing.site.edition import BuildOptions, open_edition
from briefing.site.rendering import render_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import MakePublication

    from briefing.site.edition import Edition

DAY = dt.date(2026, 4, 1)
STATES = st.sampled_from(["draft", "hidden", "published", "published", "published"])
DAYS = st.integers(-9, 3).map(lambda days: DAY + dt.timedelta(days=days))
NAMES = st.sampled_from(["Apple", "B\u00e4r", "C++ & more"])
LINKS = st.sampled_from(
    [
        *("/tags/apple/", "/tags/b%C3%A4r/", "/sources/apple/", "/topics/law/", "/threads/th/", "/curators/cu/page/2/"),
        *("/weeks/2026-w14/", "/weeks/2026-w13/", "/page/2/", "/topics/law/page/2/", "/corrections/page/2/"),
        *("/old-0/", "/about/index.html", "/feeds/topics/law.atom.xml", "/late/", "{filename}/pages/late.md"),
        *(f"{{filename}}/stories/s-{number}.md#a-heading" for number in range(4)),
        *("{filename}/issues/i-0.md", "{filename}/issues/i-1.md"),
    ]
)
MENU = """\
BRIEFING |= {
    "page_size": 1,
    "slugs": {"C++ & more": "cpp"},
    "menu": {"Apple": "/tags/apple/", "Then": "/weeks/2026-w14/", "Us": "/about/", "All": "/issues/"},
}
"""


@st.composite
def stories(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """One story's front matter and the links of its text."""
    day, state = draw(DAYS), draw(STATES)
    return {
        "name": f"{day}-s-{number}",
        "title": f"Story {number}",
        "date": str(day),
        "summary": "S.",
        "topic": draw(st.sampled_from(["Law", "Science"] + (["TODO"] if state == "draft" else []))),
        "sources": [{"name": name, "url": None, "note": "n"} for name in draw(st.lists(NAMES, min_size=1, max_size=2))],
        "tags": draw(st.lists(NAMES, unique=True, max_size=2)),
        "authors": draw(st.sampled_from([[], ["cu"]])),
        "thread": draw(st.sampled_from(["", "th"])),
        "status": state,
        "aliases": [f"/old-{number}/"],
        "corrections": draw(st.sampled_from([[], [{"date": str(day), "text": "Wrong."}]])),
        "translation_of": draw(st.sampled_from(["", "", "s-0" if number else "s-3"])),
        "links": draw(st.lists(LINKS, max_size=3)),
    }


@st.composite
def publications(draw: st.DrawFn) -> dict[str, str]:
    """The files of a small publication."""
    told = [draw(stories(number)) for number in range(4)]
    names = {f"s-{number}": story["name"] for number, story in enumerate(told)}
    found: dict[str, str] = {}
    for story in told:
        found[f"stories/{story['name']}.md"] = text(story, names)
    for number, lead in enumerate(draw(st.lists(st.sampled_from(told), unique_by=id, max_size=2))):
        day = dt.date.fromisoformat(lead["date"]) + dt.timedelta(days=number)
        state = "draft" if lead["status"] == "draft" else draw(STATES)
        week = f"{day.isocalendar().year}-w{day.isocalendar().week:02}-{number}"
        names[f"i-{number}"] = week
        found[f"issues/{week}.md"] = text(
            {
                "name": week,
                "number": number + 1,
                "title": f"Issue {number}",
                "date": str(day),
                "status": state,
                "lead": lead["name"],
                "links": draw(st.lists(LINKS, max_size=2)),
            },
            names,
        )
    for name, head in (
        ("threads/th.md", "title: T\nsummary: S."),
        ("curators/cu.md", "name: C"),
        ("pages/about.md", "title: About"),
    ):
        found[name] = f"---\n{head}\n---\n{linked(draw(st.lists(LINKS, max_size=3)), names)}\n"
    found["pages/late.md"] = f"---\ntitle: Late\nstatus: {draw(STATES)}\n---\nText.\n"
    return found


def text(values: dict[str, Any], names: dict[str, str]) -> str:
    """A file, whose front matter is JSON, as YAML allows; without what is empty."""
    head = {key: value for key, value in values.items() if value and key not in {"name", "links"}}
    lines = "\n".join(f"{key}: {json.dumps(value)}" for key, value in head.items())
    return f"---\n{lines}\n---\n## A heading\n\n{linked(values['links'], names)}\n"


def linked(links: list[str], names: dict[str, str]) -> str:
    """A text that links to files by their names, as far as they are there."""
    found = (re.sub(r"[si]-\d", lambda match: names.get(match[0], ""), link) for link in links)
    return "\n\n".join(f"See [this *one*]({link})." for link in found if "/.md" not in link) or "Text."


@pytest.fixture
def compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jinja's translation of a template, which is the same for every example, is kept."""
    known: dict[tuple[Any, ...], Any] = {}
    compile_ = jinja2.Environment.compile

    def kept(self: jinja2.Environment, *source: Any, **more: Any) -> Any:
        if source not in known:
            known[source] = compile_(self, *source, **more)
        return known[source]

    monkeypatch.setattr(jinja2.Environment, "compile", kept)


@pytest.fixture
def render(publication: MakePublication, compiled_once: None) -> Callable[[dict[str, str], dt.date, bool], Edition]:
    """A rendered build of these files; the example is passed over if its content has errors."""
    del compiled_once
    root = publication(settings=MENU)

    def rendered(content: dict[str, str], day: dt.date, drafts: bool) -> Edition:  # noqa: FBT001
        shutil.rmtree(root / "content")
        for name, written in content.items():
            file = root / "content" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(written, encoding="utf-8")
        try:
            edition = open_edition(publication_settings.load(root), BuildOptions(as_of=day, drafts=drafts))
        except ProblemsFoundError:
            assume(False)  # noqa: FBT003
            raise
        render_all(edition)
        return edition

    return rendered


def dead_links(edition: Edition) -> Iterator[str]:
    """Of pages, feeds and digests."""
    site = edition.site.files
    pages = {name: content for name, content in site.items() if isinstance(content, bytes)}
    yield from map(str, built_site.find(pages, frozenset(site), ""))
    whole = [content.decode() for name, content in pages.items() if name.startswith("feeds/")]
    for read in [*whole, *(digest.html for _, digest in edition.digests)]:
        for address in re.findall(r"https://example\.org/([^\"<&#\s\\]*)", read):
            if urls.file_of(unquote(address)) not in site:
                yield f"{address} leads nowhere"


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much])
@given(content=publications(), day=DAYS, drafts=st.booleans())
def test_no_build_has_a_dead_link(
    render: Callable[[dict[str, str], dt.date, bool], Edition],
    content: dict[str, str],
    day: dt.date,
    drafts: bool,  # noqa: FBT001
) -> None:
    edition = render(content, day, drafts)
    assert list(dead_links(edition)) == []
    themed = {name for name in edition.site.files if name.startswith(urls.THEME)}
    assert edition.site.files.keys() - themed == files(edition.publication) - {urls.BUILD_ID}


NEW = """\
---
title: New
date: 2026-04-02
summary: S.
topic: Law
tags: [brand-new]
sources: [{name: The New Paper, url: null, note: n}]
---
Of a [tag](/tags/brand-new/) and [a publisher](/sources/the-new-paper/).
"""
ISSUE = (
    "---\nnumber: 2\ntitle: Next\ndate: 2026-04-02\nlead: new\nstatus: hidden\n---\nHello, [tag](/tags/brand-new/).\n"
)
TOMORROW = {"stories/2026/2026-04-02-new.md": NEW, "issues/2026-w14-b.md": ISSUE}


def test_an_issue_prepared_the_day_before_names_what_has_no_page_yet(publication: MakePublication) -> None:
    root = publication(TOMORROW)
    found = publication_settings.load(root)
    page = "stories/2026-04-02-new/index.html"
    pages = {}
    for day in (1, 2):
        edition = open_edition(found, BuildOptions(as_of=dt.date(2026, 4, day)))
        render_all(edition)
        assert list(dead_links(edition)) == []
        pages[day] = edition.site.files[page]
    assert isinstance(pages[1], bytes)
    assert isinstance(pages[2], bytes)
    before, after = pages[1].decode(), pages[2].decode()
    assert '<span class="publisher"><bdi>The New Paper</bdi></span>' in before
    assert "Of a tag and a publisher." in before
    for address in ("/sources/the-new-paper/", "/tags/brand-new/"):
        assert f'href="{address}"' not in before
        assert after.count(f'href="{address}"') == 2


def test_a_link_to_a_page_that_comes_later_is_warned_of(publication: MakePublication) -> None:
    root = publication(TOMORROW, 'BRIEFING["menu"] = {"New": "/tags/brand-new/"}\n')
    library = read_library(publication_settings.load(root))
    today = [p for p in find_problems(library, dt.date(2026, 4, 1)) if "yet" in p.what]
    assert [(p.path, p.line, p.field, p.what) for p in today] == [
        ("content/issues/2026-w14-b.md", 8, "body", "the site has no page /tags/brand-new/ yet"),
        ("content/stories/2026/2026-04-02-new.md", 9, "body", "the site has no page /sources/the-new-paper/ yet"),
        ("content/stories/2026/2026-04-02-new.md", 9, "body", "the site has no page /tags/brand-new/ yet"),
        ("pelicanconf.py", 5, "BRIEFING.menu.New", "the site has no page /tags/brand-new/ yet"),
    ]
    assert {p.weight for p in today} == {Weight.WARNING}
    assert not [p for p in find_problems(library, dt.date(2026, 4, 2)) if "yet" in p.what]


def test_the_menu_has_one_entry_an_address(publication: MakePublication) -> None:
    menu = {"About": "/about/", "Who we are": "/about/", "All issues": "/issues/", "Elsewhere": "https://x.example/"}
    edition = open_edition(
        publication_settings.load(publication(settings=f'BRIEFING["menu"] = {menu!r}\n')), BuildOptions()
    )
    render_all(edition)
    home = edition.site.files["index.html"]
    assert isinstance(home, bytes)
    shown = re.search(r'<ul class="menu">(.*?)</ul>', home.decode(), re.DOTALL)
    assert shown
    names = re.findall(r">([^<\n]+)</a>", shown[1])
    assert names == ["Issues", "Topics", "Threads", "Sources", "Corrections", "Who we are", "Elsewhere"]
