"""The menu of the site, without the theme's own entries."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from briefing import urls
from briefing.content.model import Status
from briefing.pages.views import Outward, Ref

if TYPE_CHECKING:
    from briefing.pages.publication import Publication


def menu(publication: Publication) -> tuple[Ref | Outward, ...]:
    """The publication's pages, then the entries in the settings, which win if an address has both.

    An entry for a page that this build does not make is left out.
    """
    pages = (page for page in publication.library.pages if page.menu and page.status is Status.PUBLISHED)
    entries: dict[str, Ref | Outward] = {urls.page(page.id): Ref(page.title, urls.page(page.id)) for page in pages}
    for name, address in publication.settings.options.menu.items():
        if not address.startswith("/"):
            entries[address] = Outward(name, address)
        elif publication.has(unquote(address[1:])):
            entries[address[1:]] = Ref(name, address[1:])
    return tuple(entries.values())
