"""The pages that a preview makes itself, and the live link in those of the site."""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from briefing.preview.live_reload import PreviewState

SCRIPT = "/_briefing/live.js"
EVENTS = "/_briefing/events"
SHEETS = {f"/_briefing/{name}": name for name in ("screen.css", "link.css")}
_TO_DIGEST = (
    '<link rel="stylesheet" href="/_briefing/link.css">'
    '<aside class="briefing-digest" lang="en" dir="ltr" aria-label="Preview"><a href="{}">This issue as email</a></aside>'
)
_END = re.compile(rb"</body\s*>", re.IGNORECASE)


def script() -> bytes:
    """The live link's program, an address of its own: a page's Content-Security-Policy need not allow inline ones."""
    return Path(__file__).with_name("live.js").read_bytes()


def sheet(address: str) -> bytes:
    """The style sheet at an address of `SHEETS`."""
    return Path(__file__).with_name("templates").joinpath(SHEETS[address]).read_bytes()


def event(state: PreviewState) -> bytes:
    """A state as a server-sent event (WHATWG HTML, section 9.2)."""
    return (
        b"data: "
        + json.dumps({"site": state.site, "complaints": state.complaints, "count": state.count}).encode()
        + b"\n\n"
    )


def linked(page: bytes, state: PreviewState, digest: str = "") -> bytes:
    """An HTML page with the live link, and one to its digest's preview at this address, at the end of its body."""
    script = f'<script src="{SCRIPT}" data-site="{escape(state.site)}" defer></script>'
    link = ((_TO_DIGEST.format(escape(digest)) if digest else "") + script).encode()
    ends = list(_END.finditer(page))
    place = ends[-1].start() if ends else len(page)
    return page[:place] + link + page[place:]


def waiting(state: PreviewState) -> bytes:
    """What to show while there is no site: why the build failed, or that it is under way."""
    if state.complaints:
        items = "".join(f"<li><pre>{escape(line)}</pre></li>" for line in state.complaints)
        text = f"<h1>The site could not be built</h1><ol>{items}</ol><p>This page reloads once it could.</p>"
    else:
        text = "<h1>Building the site</h1><p>This page reloads when it is done.</p>"
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    return linked(f"{head}<title>Preview</title><body>{text}</body></html>\n".encode(), state)
