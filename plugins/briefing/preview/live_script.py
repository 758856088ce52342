"""The script that reloads pages after a build, inserted into every page, and the page before the first build."""

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
STYLESHEETS = {f"/_briefing/{name}": name for name in ("preview.css", "digest_link.css")}
_DIGEST_LINK = (
    '<link rel="stylesheet" href="/_briefing/digest_link.css">'
    '<aside class="briefing-digest" lang="en" dir="ltr" aria-label="Preview"><a href="{}">This issue as email</a></aside>'
)
_BODY_END = re.compile(rb"</body\s*>", re.IGNORECASE)


def script() -> bytes:
    """Return the script. It has its own address because the pages' Content-Security-Policy allows no inline scripts."""
    return Path(__file__).with_name("live.js").read_bytes()


def stylesheet(address: str) -> bytes:
    """Return the style sheet at an address of `STYLESHEETS`."""
    return Path(__file__).with_name("templates").joinpath(STYLESHEETS[address]).read_bytes()


def event(state: PreviewState) -> bytes:
    """Return a state as a server-sent event (WHATWG HTML, section 9.2)."""
    return (
        b"data: "
        + json.dumps({"site": state.site, "problems": state.problems, "count": state.count}).encode()
        + b"\n\n"
    )


def with_script(page: bytes, state: PreviewState, digest_path: str = "") -> bytes:
    """Return an HTML page with the script, and if there is a digest a link to it, at the end of its body."""
    script = f'<script src="{SCRIPT}" data-site="{escape(state.site)}" defer></script>'
    inserted = ((_DIGEST_LINK.format(escape(digest_path)) if digest_path else "") + script).encode()
    ends = list(_BODY_END.finditer(page))
    end = ends[-1].start() if ends else len(page)
    return page[:end] + inserted + page[end:]


def status_page(state: PreviewState) -> bytes:
    """Return the page to show while there is no site: why the build failed, or that it is running."""
    if state.problems:
        items = "".join(f"<li><pre>{escape(line)}</pre></li>" for line in state.problems)
        text = f"<h1>The build failed</h1><ol>{items}</ol><p>This page reloads after the next build.</p>"
    else:
        text = "<h1>Building the site</h1><p>This page reloads when the build is done.</p>"
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    return with_script(f"{head}<title>Preview</title><body>{text}</body></html>\n".encode(), state)
