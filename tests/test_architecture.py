"""The pictures of the architecture and of sending match the code. To draw them again, run

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
    from collections.abc import Iterable, Iterator
    from pathlib import Path

MAP = REPOSITORY / "docs" / "explanation" / "architecture.md"
PICTURE = MAP.with_suffix(".svg")
SENDING = MAP.with_name("sending.svg")
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


def svg(title: str, height: int, content: Iterable[str]) -> str:
    """A drawing in the colours of either scheme."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title">',
        f'<title id="title">{title}</title>',
        f"<style>\n{STYLE}\n</style>",
        (
            '<defs><marker id="head" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
            '<path d="M0 0L8 4L0 8z"/></marker></defs>'
        ),
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>',
        *content,
    ]
    return "\n".join([*lines, "</svg>"]) + "\n"


def picture(rows: tuple[tuple[str, ...], ...]) -> str:
    """The rows of the house as an SVG, top row first."""
    height = ROW * len(rows) + GAP
    content = [
        *arrow(SIDE // 2, 20, height - 20, "imports go down"),
        *arrow(WIDTH - SIDE // 2, height - 20, 20, "data goes up"),
    ]
    for number, row in enumerate(rows):
        content += boxes(row, number * ROW + GAP)
    return svg(
        f"The rooms of the package, from {rows[0][0]} at the top to {rows[-1][0]} at the bottom", height, content
    )


def sending_picture() -> str:
    """The parts of a running `send`, and what moves between them."""
    return svg("A running send: ledger, coordinator, work queue, workers and mail server", 330, sending_parts())


def sending_parts() -> Iterator[str]:
    yield from part(20, 90, "ledger", "one row per delivery")
    yield from part(240, 90, "coordinator", "owns the ledger")
    yield from part(460, 20, "work queue", "claimed deliveries")
    for y in (120, 190, 260):
        yield from part(460, y, "worker", "one connection")
        yield f'<path d="M620 {y + 20}H720" marker-end="url(#head)"/>'
        yield f'<path d="M720 {y + 40}H624" marker-end="url(#head)"/>'
    yield '<rect x="724" y="110" width="136" height="210" rx="4"/>'
    yield '<text class="name" x="792" y="208">mail server</text>'
    yield '<text x="792" y="228">SMTP, SES, Resend</text>'
    yield '<path d="M180 110H236" marker-end="url(#head)"/>'
    yield '<path d="M240 134H184" marker-end="url(#head)"/>'
    yield '<text x="210" y="100">claims</text>'
    yield '<text x="210" y="154">outcomes</text>'
    yield '<path d="M400 104L456 60" marker-end="url(#head)"/>'
    yield '<path d="M540 80V116" marker-end="url(#head)"/>'
    yield '<text x="590" y="104">envelopes</text>'
    yield '<path d="M460 138H404" marker-end="url(#head)"/>'
    yield '<path d="M460 220H430V138"/><path d="M460 290H430V220"/>'
    yield '<text x="392" y="190">outcomes</text>'
    yield '<text x="672" y="130">message</text>'
    yield '<text x="672" y="178">response</text>'


def part(x: int, y: int, name: str, about: str) -> Iterator[str]:
    yield f'<rect x="{x}" y="{y}" width="160" height="{BOX}" rx="4"/>'
    yield f'<text class="name" x="{x + 80}" y="{y + 26}">{name}</text>'
    yield f'<text x="{x + 80}" y="{y + 44}">{about}</text>'


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


@pytest.mark.parametrize(("file", "drawn"), [(PICTURE, picture(ROWS)), (SENDING, sending_picture())])
def test_the_picture_is_up_to_date(file: Path, drawn: str) -> None:
    if os.environ.get("RENEW_CASES"):
        file.write_text(drawn, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == drawn, "see the docstring of this module on how to draw it again"


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


def test_sending_is_told_in_eight_modules_at_most() -> None:
    text = (MAP.with_name("sending.md")).read_text(encoding="utf-8")
    steps = text.partition("## One address")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([a-z_]+\.py)`", steps))
    assert len(named) <= 8
    assert [name for name in named if not (PLUGINS / "briefing/delivery/sending" / name).is_file()] == []


@pytest.mark.parametrize("name", ["docs/explanation/architecture.md", "CONTRIBUTING.md"])
def test_every_file_that_is_named_exists(name: str) -> None:
    assert missing((REPOSITORY / name).read_text(encoding="utf-8")) == []


def test_a_file_that_is_gone_is_seen() -> None:
    assert missing("`content/model/`, `content/gone.py`, `pages/nothing/`, `tests/cases/`, `release/later.py`") in (
        ["content/gone.py", "pages/nothing/"],
        ["content/gone.py", "pages/nothing/", "release/later.py"],
    )
