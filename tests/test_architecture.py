"""The map of the architecture shows the house as it stands. To draw its picture again, run

RENEW_CASES=1 python3 tasks.py test tests/test_architecture.py
"""

from __future__ import annotations

import os
import re
import textwrap
from typing import TYPE_CHECKING

import pytest
from lxml import etree
from tests.conftest import REPOSITORY
from tests.test_layers import PLUGINS, ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

MAP = REPOSITORY / "docs" / "explanation" / "architecture.md"
PICTURE = MAP.with_suffix(".svg")
ROOMS = {
    "commands": "the command line: parse, call, print",
    "release": "recipes: proof, send, release",
    "authoring": "new, ready, init; edits of your files",
    "delivery": "the list, sending, bounces, list server",
    "preview": "serve: site and digests, reloaded",
    "publish": "the built site to a host",
    "site": "build: Pelican, output folder",
    "clip": "sources to drafts",
    "triage": "feeds to choices",
    "checks": "rules over content, built site and email",
    "search": "the archive to a passage index",
    "digest": "an issue to an email message",
    "receipts": "a text and its sources, compared",
    "pages": "models to views; templates",
    "content": "files to models and problems: front matter, Markdown",
    "fetch": "guarded HTTP",
    "settings": "every option, typed",
    "weblinks": "which links are valid",
    "urls": "the URL of every page",
    "errors": "errors and problems",
}
WIDTH, ROW, BOX, GAP, SIDE = 880, 76, 60, 10, 76
STYLE = """\
svg{--paper:#fdfcfa;--box:#fff;--ink:#1d2226;--muted:#5b646b;--line:#b9b4aa}
@media (prefers-color-scheme:dark){svg{--paper:#15181b;--box:#1f2428;--ink:#eceae5;--muted:#a3abb1;--line:#4d555b}}
rect{fill:var(--box);stroke:var(--line)}
.paper{fill:var(--paper);stroke:none}
text{fill:var(--muted);font:12px system-ui,sans-serif;text-anchor:middle}
.name{fill:var(--ink);font-size:15px;font-weight:600}
path{fill:none;stroke:var(--muted);stroke-width:1.5}
marker path{fill:var(--muted);stroke:none}"""


def picture(rows: tuple[tuple[str, ...], ...]) -> str:
    """The rows of the house as an SVG, top row first."""
    height = ROW * len(rows) + GAP
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title">',
        f'<title id="title">The rooms of the package, from {rows[0][0]} at the top to {rows[-1][0]} at the bottom</title>',
        f"<style>\n{STYLE}\n</style>",
        (
            '<defs><marker id="head" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
            '<path d="M0 0L8 4L0 8z"/></marker></defs>'
        ),
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>',
        *arrow(SIDE // 2, 20, height - 20, "imports go down"),
        *arrow(WIDTH - SIDE // 2, height - 20, 20, "data goes up"),
    ]
    for number, row in enumerate(rows):
        lines += boxes(row, number * ROW + GAP)
    return "\n".join([*lines, "</svg>"]) + "\n"


def arrow(x: int, start: int, end: int, label: str) -> Iterator[str]:
    middle, side = (start + end) // 2, x + (-10 if start < end else 18)
    yield f'<path d="M{x} {start}V{end}" marker-end="url(#head)"/>'
    yield f'<text x="{side}" y="{middle}" transform="rotate(-90 {side} {middle})">{label}</text>'


def boxes(row: tuple[str, ...], y: int) -> Iterator[str]:
    width = (WIDTH - 2 * SIDE - GAP * (len(row) - 1)) / len(row)
    for place, room in enumerate(row):
        x = SIDE + place * (width + GAP)
        middle = f"{x + width / 2:g}"
        about = textwrap.wrap(ROOMS.get(room, ""), int(width / 5.9))
        first = y + (26 if len(about) < 2 else 20)
        yield f'<rect x="{x:g}" y="{y}" width="{width:g}" height="{BOX}" rx="4"/>'
        yield f'<text class="name" x="{middle}" y="{first}">{room}</text>'
        yield from (f'<text x="{middle}" y="{first + 18 + 14 * line}">{text}</text>' for line, text in enumerate(about))


def missing(text: str) -> list[str]:
    """Files of the package and folders that a page names in backticks, and that are not there."""
    named = re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.(?:py|md|html))?)`", text)
    package = PLUGINS / "briefing"
    return [
        name
        for name in named
        if (package / name.split("/")[0]).exists() and not any((one / name).exists() for one in (package, REPOSITORY))
    ]


def test_the_picture_is_up_to_date() -> None:
    drawn = picture(ROWS)
    if os.environ.get("RENEW_CASES"):
        PICTURE.write_text(drawn, encoding="utf-8")
    assert PICTURE.read_text(encoding="utf-8") == drawn, "see the docstring of this module on how to draw it again"


def test_the_picture_is_plain_and_has_room_for_its_words() -> None:
    tree = etree.fromstring(picture(ROWS).encode())
    assert not tree.xpath("//*[local-name()='script' or local-name()='image' or starts-with(name(@*), 'on')]")
    assert [room for row in ROWS for room in row if not ROOMS.get(room)] == []
    width = (WIDTH - 2 * SIDE) / max(map(len, ROWS)) - GAP
    assert [
        room for row in ROWS for room in row if len(textwrap.wrap(ROOMS[room], int(width / 5.9))) > 2 and len(row) > 3
    ] == []


def test_the_map_names_every_room() -> None:
    text = MAP.read_text(encoding="utf-8")
    assert [room for row in ROWS for room in row if f"\n| `{room}` |" not in text] == []


@pytest.mark.parametrize("name", ["docs/explanation/architecture.md", "CONTRIBUTING.md"])
def test_every_file_that_is_named_exists(name: str) -> None:
    assert missing((REPOSITORY / name).read_text(encoding="utf-8")) == []


def test_a_file_that_is_gone_is_seen() -> None:
    assert missing("`content/model/`, `content/gone.py`, `pages/nothing/`, `tests/cases/`, `release/later.py`") in (
        ["content/gone.py", "pages/nothing/"],
        ["content/gone.py", "pages/nothing/", "release/later.py"],
    )
