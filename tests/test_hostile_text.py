"""Texts of any length, nesting, script and encoding: read, or refused at once."""

from __future__ import annotations

import datetime as dt
import math
import time
from typing import TYPE_CHECKING

import pytest
from tests.problem_cases import FOLDER, PUBLICATION, lay_out, problems_in

from briefing import settings as publication_settings
from briefing.content.library import read_library
from briefing.errors import errors_of
from briefing.site.validation import validate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from briefing.errors import Problem

    Make = Callable[..., Path]

FIRST = "content/stories/2026/2026-03-30-first.md"
STORY = (PUBLICATION / FIRST).read_text(encoding="utf-8")
OTHER = """\
---
title: Another story
date: 2026-03-30
summary: What else happened.
topic: Science
sources: [{name: The Journal, url: null, note: Read on paper.}]
---
Another text.
"""
DEEPEST = 30_000

# Texts by their size: each is as long again when it is doubled.
NESTED: dict[str, Callable[[int], str]] = {
    "lists": lambda size: "extra: {a: " + "[" * size,
    "lists and spaces": lambda size: "extra: {a: " + "[ " * size,
    "mappings": lambda size: "extra: " + "{a: " * size,
    "blocks": lambda size: "extra:\n" + "\n".join(" " * depth + " a:" for depth in range(size // 500)),
}
DEEP: dict[str, Callable[[int], str]] = {
    "quotations": lambda size: ">" * size * 3,
    "quotations and spaces": lambda size: "> " * size,
    "lists": lambda size: "\n".join(" " * (depth * 2) + "- a" for depth in range(size // 500)),
    "numbered lists": lambda size: "1. " * size,
    "emphasis": lambda size: "*a **b " * (size // 150) + "c** d*" * (size // 150),
    "raw HTML": lambda size: "<b>" * size,
    "raw HTML in a block": lambda size: "<div>\n" * size,
    "raw HTML on lines of its own": lambda size: "\n\n".join(["<div>"] * (size // 500)),
}


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """`make({FILE: TEXT}, settings)`: the publication of the problem cases with files replaced or added."""

    def made(files: Mapping[str, str | bytes] = {}, settings: str = "") -> Path:
        root = tmp_path / "publication"
        lay_out(None, root)
        for name, text in files.items():
            (root / name).write_bytes(text.encode() if isinstance(text, str) else text)
        with (root / "pelicanconf.py").open("a", encoding="utf-8") as file:
            file.write(settings)
        return root

    return made


def cost_grows_with_length(root: Path, text_of: Callable[[int], str], size: int) -> list[Problem]:
    """The problems of the longer of two texts, after checking that four times the length costs less than ten times.

    What grows with the square of the length costs sixteen times as much; how fast the machine is plays no part.
    """
    costs: dict[int, float] = {}
    found: list[Problem] = []
    for length in (size // 4, size, size // 4, size):
        (root / FIRST).write_text(text_of(length), encoding="utf-8")
        begun = time.process_time()
        found = [*errors_of(problems_in(root))]
        costs[length] = min(costs.get(length, math.inf), time.process_time() - begun)
    assert costs[size] < 10 * costs[size // 4], costs
    return found


@pytest.mark.parametrize("name", [*(f"YAML {name}" for name in NESTED), *(f"Markdown {name}" for name in DEEP)])
def test_deep_nesting_is_refused_at_once(make: Make, name: str) -> None:
    kind, _, which = name.partition(" ")

    def text_of(size: int) -> str:
        return f"---\n{NESTED[which](size)}\n---\n" if kind == "YAML" else STORY.replace("The text.", DEEP[which](size))

    found = cost_grows_with_length(make(), text_of, DEEPEST)
    assert any("nested more than 32 levels" in problem.what for problem in found), found


FLAT: dict[str, Callable[[int], str]] = {
    "brackets": lambda size: "[" * size,
    "pictures begun": lambda size: "![" * size,
    "brackets within brackets": lambda size: "[[" * size + "]]" * size,
    "emphasis begun": lambda size: "*a _b " * size,
    "code begun": lambda size: " ".join("`" * length for length in range(math.isqrt(12 * size))),
    "signs": lambda size: "<" * size * 3,
    "tags begun": lambda size: "<a " * size,
    "headings": lambda size: "## a\n\n" * (size // 3),
    "headings with numbers": lambda size: "".join(f"## a {number % 50}\n\n" for number in range(size // 6)),
    "footnotes": lambda size: "".join(f"[^{number}]: x [^{number + 1}]\n\n" for number in range(size // 15)),
    "entities": lambda size: "&amp;" * size,
    "closing tags": lambda size: "</b>" * size,
    "crossed tags": lambda size: "<b></i>" * size,
    "attributes": lambda size: "<b " + "a=1 " * size + ">",
    "comments": lambda size: "<!--" * size,
    "links": lambda size: "[a](https://x.example/) " * (size // 3),
}


@pytest.mark.parametrize("name", FLAT)
def test_no_text_takes_longer_than_its_length_explains(make: Make, name: str) -> None:
    cost_grows_with_length(make(), lambda size: STORY.replace("The text.", FLAT[name](size)), 20_000)


FINE_TITLES = {
    "emoji": "🎉 A party 👩‍👩‍👧",
    "right to left": "قصة أولى",
    "Hebrew": "סיפור ראשון",
    "Chinese": "第一个故事",
    "Japanese": "最初の話",
    "script": '"<script>alert(1)</script>"',
    "quotes": "'She said \"no\" & it''s over'",
    "braces": "'{{ 7 * 7 }} {% raw %} ${x}'",
    "per cent": "100 % of %s and %(x)d",
    "hash": "C# and F#",
    "colon without space": "Re:view 12:30 today",
    "an em dash": "One \u2014 two",
}
FINE_DATES = ["2026-03-30", "'2026-03-30'", "2026-03-30 09:30", "2026-03-30T09:30:00", "2026-03-30T09:30Z",
              "2026-03-30T09:30:00+02:00", "2026-03-30 09:30:00 +02:00", "2026-03-30T09:30:00.123456-05:00"]  # fmt: skip
FINE_TEXTS: dict[str, bytes] = {
    "BOM": b"\xef\xbb\xbf" + STORY.encode(),
    "CRLF": STORY.replace("\n", "\r\n").encode(),
    "CR": STORY.replace("\n", "\r").encode(),
    "BOM and CRLF": b"\xef\xbb\xbf" + STORY.replace("\n", "\r\n").encode(),
    "no line end": STORY.rstrip().encode(),
    "spaces behind fences": STORY.replace("---\n", "--- \n").encode(),
    "no text": STORY.partition("The text.")[0].encode(),
    "rules in the text": (STORY + "\n---\n\nMore.\n\n---\n").encode(),
    "comments": STORY.replace("kind: main", "# a comment\nkind: main  # and one").encode(),
    "a megabyte": STORY.encode() + b"a " * ((1024 * 1024 - len(STORY.encode())) // 2),
    "templates": (STORY + "\n{{ 7 * 7 }} {% raw %} %s {filename} <script\\>\n").encode(),
    "HTML": (STORY + '\n<p lang="en">H<sub>2</sub>O<br>x <!-- y --></p>\n\n<ul><li>a<li>b</ul>\n').encode(),
    "HTML in code": (STORY + '\n`<a href="x">` and href="y" src="z"\n\n    <img src="q">\n').encode(),
}


@pytest.mark.parametrize("title", FINE_TITLES.values(), ids=FINE_TITLES)
def test_any_writing_makes_a_title(make: Make, title: str) -> None:
    root = make({FIRST: STORY.replace("A first story", title)})
    settings = publication_settings.load(root)
    assert validate(settings) == ()
    assert "<script>" not in "".join(story.body.html for story in read_library(settings).stories)


@pytest.mark.parametrize("date", FINE_DATES)
def test_dates_may_have_a_time_and_a_zone(make: Make, date: str) -> None:
    root = make({FIRST: STORY.replace("\ndate: 2026-03-30", f"\ndate: {date}")})
    assert problems_in(root) == ()
    story = read_library(publication_settings.load(root)).story_by_id["2026-03-30-first"]
    assert story.date.utcoffset() == dt.timedelta(hours=1), "summer time in London"
    assert story.date.date() == dt.date(2026, 3, 30)


@pytest.mark.parametrize("text", FINE_TEXTS.values(), ids=FINE_TEXTS)
def test_any_form_of_text_is_read(make: Make, text: bytes) -> None:
    root = make({FIRST: text})
    settings = publication_settings.load(root)
    assert validate(settings) == ()
    assert read_library(settings).story_by_id["2026-03-30-first"].title == "A first story"


@pytest.mark.parametrize("slug", ["第一个故事", "最初の話", "قصة-أولى", "größe", "a-1"])
def test_a_slug_may_be_of_any_script(make: Make, slug: str) -> None:
    name = f"content/stories/2026/2026-03-30-{slug.replace('ö', 'o').replace('ß', 'ss')}.md"
    assert problems_in(make({name: OTHER})) == ()


def test_settings_allow_remote_pictures_and_svg(make: Make) -> None:
    pictures = "![a](https://x.example/a.png)\n\n![b]({static}/images/drawn.svg)\n"
    drawn = FOLDER / "also" / "pictures" / "content" / "images" / "drawn.svg"
    files = {FIRST: STORY.replace("The text.\n", pictures), "content/images/drawn.svg": drawn.read_bytes()}
    settings = 'BRIEFING["allow_remote_images"] = BRIEFING["allow_svg"] = True\n'
    assert problems_in(make(files, settings)) == ()


def test_slugs_in_the_settings_separate_names(make: Make) -> None:
    text = STORY.replace("[physics]", "[C, C++, 'C#', '+++']")
    slugs = 'BRIEFING["slugs"] = {"C++": "cpp", "C#": "c-sharp", "+++": "plus"}\n'
    assert problems_in(make({FIRST: text}, slugs)) == ()
