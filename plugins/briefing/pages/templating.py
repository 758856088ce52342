"""The Jinja environment that renders every page, feed and digest: autoescape is on, undefined names are errors.

A template is given `view` and the globals `site` and `fixed`, and nothing else. The filters are those of `formats`.
"""

from __future__ import annotations

import hashlib
import re
import traceback
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.exceptions import TemplateNotFound, TemplateSyntaxError
from markupsafe import Markup

from briefing import urls
from briefing.errors import BriefingError
from briefing.pages.formats import filters
from briefing.pages.site_view import site_view

if TYPE_CHECKING:
    from briefing.pages.views import Outward, Ref
    from briefing.settings import Settings

_UNESCAPED = (".txt", ".css")


class TemplateFailedError(BriefingError):
    """A template could not be rendered: which one, on which line, and why."""


class Templates:
    """The theme's templates and the publication's own.

    A file in `content/overrides/` replaces the file with the same name in `theme/templates/`, and may extend it as
    `theme/NAME`.
    """

    def __init__(self, settings: Settings, menu: tuple[Ref | Outward, ...] = ()) -> None:
        """Render the style sheet, whose address contains its hash.

        menu: its entries in addition to the theme's own.
        """
        self._environment = _environment(settings)
        site = site_view(settings, menu)
        self._environment.globals["site"] = site
        self.style = self.render("style.css", None)
        digest = hashlib.sha256(self.style.encode()).hexdigest()[:10]
        self.stylesheet = f"{urls.THEME}style.{digest}.css"
        self._environment.globals["site"] = replace(site, stylesheet=self.stylesheet)
        self._environment.globals["fixed"] = lru_cache(maxsize=None)(self._fixed)

    def render(self, template: str, view: object) -> str:
        """The text of one page. Raises TemplateFailedError with the template's name and line."""
        try:
            return self._environment.get_template(template).render(view=view)
        except Exception as error:
            where, what = _place_in_templates(error) or template, str(error) or type(error).__name__
            if isinstance(error, TemplateNotFound):
                what = f"there is no template `{error.name}`"
            msg = f"template {where}: {what}; correct it, or remove it from content/overrides/"
            raise TemplateFailedError(msg) from error

    def _fixed(self, partial: str) -> Markup:
        """`fixed("partials/footer.html")`: a partial that uses only `site`, rendered once for all pages."""
        return Markup(self._environment.get_template(partial).render())  # noqa: S704 - escaped when it was rendered


def _place_in_templates(error: Exception) -> str:
    """`NAME:LINE` of the template that caused an error, from Jinja's traceback; "" if it was not a template."""
    if isinstance(error, TemplateSyntaxError):
        return f"{error.name or error.filename}:{error.lineno}"
    places = [
        (frame.filename, frame.lineno)
        for frame in traceback.extract_tb(error.__traceback__)
        if "/templates/" in frame.filename or "/overrides/" in frame.filename
    ]
    if not places:
        return ""
    file, line = places[-1]
    return f"{re.split('/(?:templates|overrides)/', file)[-1]}:{line}"


def _environment(settings: Settings) -> Environment:
    theme = FileSystemLoader(settings.theme / "templates")
    environment = Environment(
        loader=ChoiceLoader([FileSystemLoader(settings.overrides), theme, PrefixLoader({"theme": theme})]),
        autoescape=lambda name: not (name or "").endswith(_UNESCAPED),  # noqa: S701 - only plain text and styles are not
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters.update(filters(settings))
    return environment
