"""A DigestView and the theme's template -> the HTML of a digest, with styles as attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from css_inline import CSSInliner

if TYPE_CHECKING:
    from briefing.pages.templating import Templates
    from briefing.pages.views import DigestView

TEMPLATE: Final = "email/digest.html"


def page(view: DigestView, templates: Templates) -> str:
    """The HTML, with CSS rules as style attributes, except those in style tags with `data-css-inline="keep"`.

    Raises TemplateFailedError with the template's name and line.
    """
    inliner = CSSInliner(load_remote_stylesheets=False, minify_css=True)
    return inliner.inline(templates.render(TEMPLATE, view))
