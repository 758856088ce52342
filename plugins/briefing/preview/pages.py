"""The pages that a preview makes itself, and the live link in those of the site."""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from briefing.preview.live import State

SCRIPT = "/_briefing/live.js"
EVENTS = "/_briefing/events"
_END = re.compile(rb"</body\s*>", re.IGNORECASE)


def script() -> bytes:
    """The live link's program, an address of its own: a page's Content-Security-Policy need not allow inline ones."""
    return Path(__file__).with_name("live.js").read_bytes()


def event(state: State) -> bytes:
    """A state as a server-sent event (WHATWG HTML, section 9.2)."""
    return b"data: " + json.dumps({"site": state.site, "complaints": state.complaints}).encode() + b"\n\n"


def linked(page: bytes, state: State) -> bytes:
    """An HTML page with the live link, at the end of its body."""
    link = f'<script src="{SCRIPT}" data-site="{escape(state.site)}" defer></script>'.encode()
    ends = list(_END.finditer(page))
    place = ends[-1].start() if ends else len(page)
    return page[:place] + link + page[place:]


def waiting(state: State) -> bytes:
    """What to show while there is no site: why the build failed, or that it is under way."""
    if state.complaints:
        items = "".join(f"<li><pre>{escape(line)}</pre></li>" for line in state.complaints)
        text = f"<h1>The site could not be built</h1><ol>{items}</ol><p>This page reloads once it could.</p>"
    else:
        text = "<h1>Building the site</h1><p>This page reloads when it is done.</p>"
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    return linked(f"{head}<title>Preview</title><body>{text}</body></html>\n".encode(), state)
