"""What every template may say about the publication, the same on every page: the global `site`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from briefing import urls
from briefing.pages.formats import direction
from briefing.pages.views import Ref

if TYPE_CHECKING:
    from briefing.pages.views import Outward
    from briefing.settings import Brand, Delivery, Email, Settings


@dataclass(frozen=True, slots=True)
class Join:
    """The form by which readers subscribe: the address to which it posts, and the name of its field.

    origin: of that address, for the content security policy. is_own: whether it belongs to our list server.
    """

    action: str
    origin: str
    field: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Site:
    """The publication.

    url: absolute, without a trailing slash; "" if not set. base: "" or "/folder".
    direction: "ltr" or "rtl". menu: the publication's pages, then the entries in the settings.
    imprint: who publishes it, in lines. stylesheet: its address on this site.
    join: None if readers cannot subscribe on the web. hub: of the feeds (WebSub); "" if there is none.
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


def site_view(settings: Settings, menu: tuple[Ref | Outward, ...]) -> Site:
    """The publication as templates see it, still without the address of its style sheet."""
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


def imprint(settings: Settings) -> tuple[str, ...]:
    """Who publishes it, in lines: the publication's name and the postal address, unless that begins with the name."""
    lines = tuple(settings.options.email.postal_address.splitlines())
    is_named = bool(lines) and re.match(rf"{re.escape(settings.name)}(?!\w)", lines[0], re.IGNORECASE)
    return lines if is_named else (settings.name, *lines)


def _join(delivery: Delivery) -> Join | None:
    if not delivery.form:
        return None
    parts = urlsplit(delivery.form)
    host = urls.ascii_host(parts.hostname or "")
    origin = f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}"
    is_own = bool(delivery.listserver)
    return Join(delivery.form, origin, "email" if is_own else delivery.subscribe_field, is_own)
