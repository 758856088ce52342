"""The Jinja environment that renders every page, feed and digest: autoescape on, undefined names are errors.

A template is given `view` and the globals `site` and `fixed`; nothing else. Filters complete addresses and say dates
and numbers; each is a pure function of its input and the settings.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import traceback
from dataclasses import dataclass, replace
from email.utils import format_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.exceptions import TemplateNotFound, TemplateSyntaxError
from markupsafe import Markup

from briefing import urls
from briefing.content.markdown import in_feed, in_mail, on_site
from briefing.errors import BriefingError
from briefing.pages.views import Ref

if TYPE_CHECKING:
    from collections.abc import Callable

    from briefing.pages.views import Outward
    from briefing.settings import Brand, Delivery, Email, Settings

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_RIGHT_TO_LEFT = {"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"}
_UNESCAPED = (".txt", ".css")


@dataclass(frozen=True, slots=True)
class Join:
    """The form by which readers subscribe: where it posts to, and the field of the address.

    origin: of that address, for the content security policy. is_own: whether our list server answers there.
    """

    action: str
    origin: str
    field: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Site:
    """What every template may say of the publication, as the global `site`; the same on every page.

    url: absolute, without a trailing slash, "" where none is set. base: "" or "/folder".
    direction: "ltr" or "rtl". menu: the publication's own pages, then the settings' entries.
    imprint: who publishes, in lines. stylesheet: its address on this site. join: None where readers cannot subscribe on the web.
    hub: of the feeds (WebSub), "" where there is none.
    """

    name: str
    tagline: str
    description: str
    url: str
    base: str
    language: str
    direction: str
    topics: tuple[Ref, ...]
    menu: tuple[Ref | Outward, ...]
    licence: str
    remote_images: bool
    brand: Brand
    email: Email
    imprint: tuple[str, ...]
    stylesheet: str
    join: Join | None
    hub: str


class TemplateFailedError(BriefingError):
    """A template could not be rendered: which, where and why."""


class Templates:
    """The theme's templates with the publication's own laid over them.

    A file in `content/overrides/` wins over its namesake in `theme/templates/`, and may extend that one
    as `theme/NAME`.
    """

    def __init__(self, settings: Settings, menu: tuple[Ref | Outward, ...] = ()) -> None:
        """Render the style sheet, whose address carries its hash; other templates wait until they are asked for.

        `menu` are its entries beside the theme's own.
        """
        self._environment = _environment(settings)
        site = _site(settings, menu)
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
            msg = f"template {where}: {what}; mend it, or take it out of content/overrides/"
            raise TemplateFailedError(msg) from error

    def _fixed(self, partial: str) -> Markup:
        """`fixed("partials/footer.html")`: a partial that says only what `site` says, rendered once for all pages."""
        return Markup(self._environment.get_template(partial).render())  # noqa: S704 - escaped when it was rendered


def _place_in_templates(error: Exception) -> str:
    """`NAME:LINE` of the template in which an error arose, as Jinja wrote it into the traceback; "" if in none."""
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
    environment.filters.update(_filters(settings))
    return environment


def imprint(settings: Settings) -> tuple[str, ...]:
    """Who publishes, in lines: the publication's name and the postal address, the name once where that begins with it."""
    lines = tuple(settings.options.email.postal_address.splitlines())
    is_named = bool(lines) and re.match(rf"{re.escape(settings.name)}(?!\w)", lines[0], re.IGNORECASE)
    return lines if is_named else (settings.name, *lines)


def _site(settings: Settings, menu: tuple[Ref | Outward, ...]) -> Site:
    options = settings.options
    return Site(
        name=settings.name,
        tagline=options.tagline,
        description=options.description or options.tagline,
        url=settings.url,
        base=settings.base,
        language=settings.language,
        direction=direction(settings.language),
        topics=tuple(Ref(name, urls.topic(settings.slug(name))) for name in options.topics),
        menu=menu,
        licence=options.licence,
        remote_images=options.allow_remote_images,
        brand=options.brand,
        email=options.email,
        imprint=imprint(settings),
        stylesheet="",
        join=_join(options.delivery),
        hub=options.publish.websub_hub,
    )


def _join(delivery: Delivery) -> Join | None:
    if not delivery.form:
        return None
    parts = urlsplit(delivery.form)
    host = urls.ascii_host(parts.hostname or "")
    origin = f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}"
    is_own = bool(delivery.listserver)
    return Join(delivery.form, origin, "email" if is_own else delivery.subscribe_field, is_own)


def direction(language: str) -> str:
    """Which way a language is written: "rtl" or "ltr"."""
    return "rtl" if language.split("-", maxsplit=1)[0] in _RIGHT_TO_LEFT else "ltr"


def _filters(settings: Settings) -> dict[str, Callable[..., Any]]:
    encoded = lru_cache(maxsize=None)(urls.encoded)  # most pages name the same few hundred addresses
    return {
        "href": lambda address: f"{settings.base}/{encoded(address)}",
        "absolute": lambda address: f"{settings.url}/{encoded(address)}",
        "onsite": lambda html: Markup(on_site(html, settings.base)),  # noqa: S704 - cleaned by markup
        "offsite": lambda html, address: Markup(read_elsewhere(html, settings, address)),  # noqa: S704 - cleaned by markup
        "inmail": lambda html, address: Markup(read_in_mail(html, settings, address)),  # noqa: S704 - cleaned by markup
        "direction": direction,
        "day": say_day,
        "iso": lambda date: _as_day(date).isoformat(),
        "rfc3339": lambda moment: moment.isoformat(timespec="seconds"),
        "rfc822": format_datetime,
        "counted": say_count,
    }


def read_elsewhere(html: str, settings: Settings, address: str) -> str:
    """A text's HTML for feeds: every address complete, those within the text on its page at `address`."""
    return in_feed(html, f"{settings.url}/{urls.encoded(address)}", f"{settings.url}/")


def read_in_mail(html: str, settings: Settings, address: str) -> str:
    """The same for email, where footnotes are numbers without links."""
    return in_mail(html, f"{settings.url}/{urls.encoded(address)}", f"{settings.url}/")


def say_day(date: dt.date) -> str:
    """`30 March 2026`."""
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def say_count(number: int, one: str, many: str = "") -> str:
    """`1 word`, `1,234 words`; `many` where the plural is more than an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _as_day(date: dt.date) -> dt.date:
    return date.date() if isinstance(date, dt.datetime) else date
