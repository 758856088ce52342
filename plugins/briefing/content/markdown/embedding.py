"""A text's HTML as it is shown away from its own page: beside another text, in feeds, in mail."""

from __future__ import annotations

import re
from typing import Final

from briefing.content.markdown.safe_html import SITE_MARK

# The sanitiser writes no > within a tag, and no < within a text.
_OWN_LINK: Final = re.compile(r'(<a (?:[^>]*? )?href=")#')
_ID: Final = re.compile(r'(<(?:h[2-6]|div|sup)(?: [^>]*?)?) id="[^"]*"')
_NOTE: Final = re.compile(
    r'<sup class="(footnote-reference|footnote-definition-label)"(?: id="[^"]*")?>(?:<a [^>]*>)?(\d+)(?:</a>)?</sup>'
)
_TASK: Final = re.compile(r'<span class="task"[^>]*>')
_CITATION: Final = re.compile(r'<sup class="citation">(<a href="[^"]*")(?: aria-label="[^"]*")>(\d+)</a></sup>')
_UNLINKED: Final = re.compile(r'<sup class="citation">(\d+)</sup>')


def embedded(html: str, address: str) -> str:
    """The HTML beside another text: without anchors, which that text may have as well, its own links to `address`."""
    return _completed(_ID.sub(r"\1", html), f"{SITE_MARK}{address}")


def elsewhere(html: str, page: str, site: str) -> str:
    """The HTML for feeds: every address complete, `page` that of the text's own page, a citation as `[1]`."""
    html = _UNLINKED.sub(r"[\1]", _CITATION.sub(r"\1>[\2]</a>", html))
    return _completed(html, page).replace(SITE_MARK, site)


def in_mail(html: str, page: str, site: str) -> str:
    """The same for mail: the number of a footnote leads nowhere, since the note stands below and few programs jump.

    Attributes that some mail programs drop are left out.
    """
    html = _NOTE.sub(r'<sup class="\1">\2</sup>', html)
    return elsewhere(_TASK.sub('<span class="task">', html), page, site)


def _completed(html: str, page: str) -> str:
    """The links to a place in the same text, led there by way of its page."""
    return _OWN_LINK.sub(lambda link: f"{link[1]}{page}#", html)
