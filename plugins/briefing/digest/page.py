"""A DigestView and the theme's template -> the HTML of a digest, its styles as attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from css_inline import CSSInliner

if TYPE_CHECKING:
    from briefing.templating import Templates
    from briefing.views.shapes import DigestView

TEMPLATE = "email/digest.html"


def page(view: DigestView, templates: Templates) -> str:
    """The HTML: rules are style attributes, but for a style tag marked `data-css-inline="keep"`.

    Raises TemplateFailedError with the template's name and line.
    """
    inliner = CSSInliner(load_remote_stylesheets=False, minify_css=True)
    return inliner.inline(templates.render(TEMPLATE, view))
