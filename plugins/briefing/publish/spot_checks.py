"""Which addresses of a site that was just published are looked at, and what each of them should show."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from briefing import urls
from briefing.checks.email.html_tree import read_page
from briefing.publish.expectations import Sort
from briefing.publish.live_issue import pictures_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from briefing.publish.built_output import Built
    from briefing.settings import Settings

_FEEDS: Final = "feeds/"
_FIXED: Final = (urls.HOME, urls.SITEMAP, urls.ATOM_ALL, urls.JSON_ALL, urls.ATOM_ISSUES, urls.RSS_ISSUES)


@dataclass(frozen=True, slots=True)
class Visit:
    """One address, and what it should show. built: its bytes as they were built, where those are known."""

    url: str
    sort: Sort
    built: bytes | None = None


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest issue that has a page: that page's path on the site, and its digest's HTML."""

    url: str
    digest_html: str


def visits(settings: Settings, built: Built, newest: Newest | None) -> tuple[Visit, ...]:
    """The home page, the style sheets, feeds and sitemaps; the newest issue with its pictures; and a sample of pages.

    The sample is drawn by the build's id, so that the same build has the same sample. What was built is read at once:
    another build may follow.
    """
    options = settings.options.publish
    always = [
        urls.file_of(urls.HOME),
        *([urls.file_of(newest.url)] if newest else []),
        *filter(_is_always, built.names),
    ]
    if options.indexnow_key:
        always.append(urls.key_file(options.indexnow_key))
    names = dict.fromkeys([*always, *_sample(built, always, options.sample)])
    return (*(_visit(settings, built, name) for name in names), *_pictures(settings, built, newest))


def fixed_visits(settings: Settings) -> tuple[Visit, ...]:
    """What every site has, for one whose files are not here."""
    return tuple(Visit(url_of(settings, address), _sort(address)) for address in _FIXED)


def url_of(settings: Settings, address: str) -> str:
    """The whole address of a page or file of this site."""
    return f"{settings.url}/{urls.encoded(address)}"


def address_of(name: str) -> str:
    """The address at which a file of the output folder is served."""
    return name.removesuffix("index.html") if f"/{name}".endswith("/index.html") else name


def is_feed(name: str) -> bool:
    """Whether a file of the output folder is a feed."""
    return name.startswith(_FEEDS) and name.endswith((".xml", ".json"))


def _is_always(name: str) -> bool:
    is_sitemap = name.startswith("sitemap") and name.endswith(".xml")
    return is_feed(name) or is_sitemap or (name.startswith(f"{urls.THEME}style.") and name.endswith(".css"))


def _sample(built: Built, without: Iterable[str], number: int) -> list[str]:
    others = sorted({name for name in built.names if name.endswith(".html")} - {*without, urls.NOT_FOUND})
    dice = random.Random(built.id)  # noqa: S311 - a choice to be repeated, no secret
    return dice.sample(others, min(number, len(others)))


def _visit(settings: Settings, built: Built, name: str) -> Visit:
    return Visit(url_of(settings, address_of(name)), _sort(name), (built.folder / name).read_bytes())


def _sort(name: str) -> Sort:
    endings = {".xml": Sort.XML, ".json": Sort.JSON, ".css": Sort.STYLE, ".txt": Sort.TEXT}
    return next((sort for ending, sort in endings.items() if name.endswith(ending)), Sort.PAGE)


def _pictures(settings: Settings, built: Built, newest: Newest | None) -> Iterator[Visit]:
    """The pictures of this site that the issue's page and its digest show."""
    if newest is None:
        return
    page = read_page((built.folder / urls.file_of(newest.url)).read_text(encoding="utf-8"))
    here = url_of(settings, newest.url)
    shown = (urljoin(here, picture.get("src")) for picture in page.all("img"))
    for url in dict.fromkeys([*shown, *pictures_in(newest.digest_html)]):
        if url.startswith(f"{settings.url}/"):
            yield Visit(url, Sort.PICTURE)
