"""The one place in which finished HTML is changed: a text's safe HTML, adapted to where it is shown.

`safe_html` makes the HTML of a text. Its links and pictures on this site begin with SITE_PLACEHOLDER, so that it can be
shown anywhere. The sanitiser writes no > within a tag and no < within text, which is what the patterns here rely on.
"""

from __future__ import annotations

import re
from html import escape, unescape
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

SITE_PLACEHOLDER: Final = "\x1e"
"""Begins addresses on this site; no text can contain it (see `frontmatter`)."""

_SCROLLING: Final = '<div class="scroll" role="group" aria-label="Table" tabindex="0">'
_IMAGE: Final = re.compile(rf'<img ([^>]*?)src="{SITE_PLACEHOLDER}([^"]*)"([^>]*)>')
_SITE_LINK: Final = re.compile(rf'<a\b[^>]*? href="{SITE_PLACEHOLDER}([^"?#]*)[^"]*"[^>]*>(.*?)</a>', re.DOTALL)
_OWN_LINK: Final = re.compile(r'(<a (?:[^>]*? )?href=")#')
_ID: Final = re.compile(r'(<(?:h[2-6]|div|sup)(?: [^>]*?)?) id="[^"]*"')
_NOTE: Final = re.compile(
    r'<sup class="(footnote-reference|footnote-definition-label)"(?: id="[^"]*")?>(?:<a [^>]*>)?(\d+)(?:</a>)?</sup>'
)
_TASK: Final = re.compile(r'<span class="task"[^>]*>')
_CITATION: Final = re.compile(r'<sup class="citation">(<a href="[^"]*")(?: aria-label="[^"]*")>(\d+)</a></sup>')
_PICTURE: Final = re.compile(r'<img\b(?:"[^"]*"|[^">])*>')
_SIZE: Final = re.compile(r' (?P<side>width|height)="(?P<pixels>\d+)"')
_LAZY: Final = ' loading="lazy"'
_COLUMN: Final = 552
"""The width of a mail's text in pixels, as in the theme's `email/`."""
_UNLINKED: Final = re.compile(r'<sup class="citation">(\d+)</sup>')


def with_sizes(html: str, sizes: Mapping[str, tuple[int, int]]) -> str:
    """The HTML with width and height on every picture of this site, by the picture's address."""

    def sized(match: re.Match[str]) -> str:
        before, address, after = match.groups()
        width, height = sizes.get(unquote(unescape(address)), (0, 0))
        size = f' width="{width}" height="{height}"' if width and " width=" not in before + after else ""
        return f'<img {before}src="{SITE_PLACEHOLDER}{address}"{after}{size}{_LAZY}>'

    return _IMAGE.sub(sized, html)


def without_dead_links(html: str, exists: Callable[[str], bool]) -> str:
    """The HTML in which a link to a page of this site that does not exist yet is only its text."""
    if f'href="{SITE_PLACEHOLDER}' not in html:
        return html
    return _SITE_LINK.sub(lambda link: link[0] if exists(unquote(unescape(link[1]))) else link[2], html)


def on_site(html: str, base: str) -> str:
    """The HTML for the site, whose addresses begin with `base`: "" or "/folder"."""
    return html.replace(SITE_PLACEHOLDER, f"{base}/")


def on_page(html: str, base: str) -> str:
    """The same for a page of the theme, on which wide tables scroll within a box of the class `scroll`."""
    return on_site(html, base).replace("<table>", f"{_SCROLLING}<table>").replace("</table>", "</table></div>")


def beside_another(html: str, address: str) -> str:
    """The HTML for another text's page: without anchors, which that page may have too; its own links lead to `address`."""
    return _with_own_links_to(_ID.sub(r"\1", html), f"{SITE_PLACEHOLDER}{address}")


def in_feed(html: str, page: str, site: str) -> str:
    """The HTML for feeds: every address is complete, `page` is the text's own page, and citations look like `[1]`."""
    html = _UNLINKED.sub(r"[\1]", _CITATION.sub(r"\1>[\2]</a>", html))
    return _with_own_links_to(html, page).replace(SITE_PLACEHOLDER, site)


def in_mail(html: str, page: str, site: str) -> str:
    """The HTML for mail: like for feeds, but footnote numbers are not links, since few mail programs follow those.

    Pictures fit the column. Attributes that some mail programs remove are left out.
    """
    html = _PICTURE.sub(_in_column, html)
    html = _NOTE.sub(r'<sup class="\1">\2</sup>', html)
    return in_feed(_TASK.sub('<span class="task">', html), page, site)


def with_values(html: str, values: Mapping[str, str], links: Collection[str] = ()) -> str:
    """The HTML with each placeholder replaced by its value, and by a link to it for those in `links`."""
    for placeholder, value in values.items():
        text = escape(value)
        html = html.replace(placeholder, f'<a href="{text}">{text}</a>' if placeholder in links else text)
    return html


def _in_column(picture: re.Match[str]) -> str:
    """A picture whose attributes fit the column, the only size Outlook on Windows uses, and whose style shrinks it.

    `max-width: 100%` would not do: if pictures are blocked, a browser reserves the attribute's width.
    """
    tag = picture[0].replace(_LAZY, "")
    size = {match["side"]: int(match["pixels"]) for match in _SIZE.finditer(tag)}
    if "width" not in size:
        return tag
    width = min(size["width"], _COLUMN)
    fitted = {"width": width, "height": round(size.get("height", 0) * width / max(size["width"], 1))}
    tag = _SIZE.sub(lambda match: f' {match["side"]}="{fitted[match["side"]]}"', tag)
    return f'{tag[:-1]} style="width:100%;max-width:{width}px">'


def _with_own_links_to(html: str, page: str) -> str:
    """The HTML in which links to places in the same text lead to them on its page."""
    return _OWN_LINK.sub(lambda link: f"{link[1]}{page}#", html)
