"""A DigestView and the theme's template -> the HTML of a digest, with styles as attributes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from css_inline import CSSInliner

if TYPE_CHECKING:
    from briefing.pages.templating import Templates
    from briefing.pages.views import DigestView

TEMPLATE: Final = "email/digest.html"
COLUMN: Final = 552
"""In pixels; style.css and the table for Outlook have the same width."""

_PICTURE = re.compile(r'<img\b(?:"[^"]*"|[^">])*>')
_SIZE = re.compile(r' (?P<side>width|height)="(?P<pixels>\d+)"')
_LAZY = ' loading="lazy"'


def page(view: DigestView, templates: Templates) -> str:
    """The HTML, with CSS rules as style attributes, except those in style tags with `data-css-inline="keep"`.

    Raises TemplateFailedError with the template's name and line.
    """
    inliner = CSSInliner(load_remote_stylesheets=False, minify_css=True)
    return inliner.inline(_PICTURE.sub(_fitted, templates.render(TEMPLATE, view)))


def _fitted(found: re.Match[str]) -> str:
    """A picture whose attributes fit the column, the only size Outlook on Windows uses, and whose style shrinks it.

    `max-width: 100%` would not do: if pictures are blocked, a browser reserves the attribute's width.
    """
    tag = found[0].replace(_LAZY, "")
    size = {match["side"]: int(match["pixels"]) for match in _SIZE.finditer(tag)}
    if "width" not in size or " style=" in tag:
        return tag
    width = min(size["width"], COLUMN)
    fitted = {"width": width, "height": round(size.get("height", 0) * width / max(size["width"], 1))}
    tag = _SIZE.sub(lambda match: f' {match["side"]}="{fitted[match["side"]]}"', tag)
    return f'{tag[:-1]} style="width:100%;max-width:{width}px">'
