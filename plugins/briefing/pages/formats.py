"""Dates, numbers and texts as templates and messages write them; each function is pure."""

from __future__ import annotations

import datetime as dt
from email.utils import format_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from briefing import urls
from briefing.content.markdown import in_feed, in_mail, on_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from briefing.settings import Settings

_MONTHS: Final = (
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
)
_RIGHT_TO_LEFT: Final = frozenset({"ar", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


def filters(settings: Settings) -> dict[str, Callable[..., Any]]:
    """The filters of all templates, by name."""
    encoded = lru_cache(maxsize=None)(urls.encoded)  # most pages name the same few hundred addresses
    return {
        "href": lambda address: f"{settings.base}/{encoded(address)}",
        "absolute": lambda address: f"{settings.url}/{encoded(address)}",
        "onsite": lambda html: Markup(on_page(html, settings.base)),  # noqa: S704 - safe, see content.markdown
        "offsite": lambda html, address: Markup(html_in_feed(html, settings, address)),  # noqa: S704 - as above
        "inmail": lambda html, address: Markup(html_in_mail(html, settings, address)),  # noqa: S704 - as above
        "direction": direction,
        "day": format_day,
        "iso": lambda date: _as_day(date).isoformat(),
        "rfc3339": lambda moment: moment.isoformat(timespec="seconds"),
        "rfc822": format_datetime,
        "counted": format_count,
    }


def html_in_feed(html: str, settings: Settings, address: str) -> str:
    """A text's HTML for feeds; `address` is the text's page on this site, to which links within the text lead."""
    return in_feed(html, f"{settings.url}/{urls.encoded(address)}", f"{settings.url}/")


def html_in_mail(html: str, settings: Settings, address: str) -> str:
    """A text's HTML for mail, in which footnotes are numbers without links; `address` as for feeds."""
    return in_mail(html, f"{settings.url}/{urls.encoded(address)}", f"{settings.url}/")


def format_day(date: dt.date) -> str:
    """`30 March 2026`."""
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def format_count(number: int, one: str, many: str = "") -> str:
    """`1 word`, `1,234 words`; `many` if the plural is not made by adding an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def direction(language: str) -> str:
    """The direction in which a language is written: "rtl" or "ltr"."""
    return "rtl" if language.split("-", maxsplit=1)[0] in _RIGHT_TO_LEFT else "ltr"


def _as_day(date: dt.date) -> dt.date:
    return date.date() if isinstance(date, dt.datetime) else date
