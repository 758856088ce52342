"""Which addresses of a published site to request, and what each should show."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from briefing import urls
from briefing.checks.email.html_tree import read_page
from briefing.publish.expectations import Expected
from briefing.publish.live_issue import image_urls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from briefing.publish.built_site import BuiltSite
    from briefing.settings import Settings

_FEEDS: Final = "feeds/"
_ON_EVERY_SITE: Final = (urls.HOME, urls.SITEMAP, urls.ATOM_ALL, urls.JSON_ALL, urls.ATOM_ISSUES, urls.RSS_ISSUES)


@dataclass(frozen=True, slots=True)
class SpotCheck:
    """One address, and what it should show. built: the file as it was built, if known."""

    url: str
    expected: Expected
    built: bytes | None = None


@dataclass(frozen=True, slots=True)
class NewestIssue:
    """The newest issue that has a page: the page's path on the site, and the digest's HTML."""

    url: str
    digest_html: str


def spot_checks(settings: Settings, site: BuiltSite, newest: NewestIssue | None) -> tuple[SpotCheck, ...]:
    """Return checks of the home page, style sheets, feeds, sitemaps, the newest issue with its images, and some pages.

    The build id seeds the sample of pages, so the same build has the same sample. Reads the built files now, because
    another build may replace them.
    """
    options = settings.options.publish
    always = [
        urls.file_of(urls.HOME),
        *([urls.file_of(newest.url)] if newest else []),
        *filter(_is_always_checked, site.names),
    ]
    if options.indexnow_key:
        always.append(urls.key_file(options.indexnow_key))
    names = dict.fromkeys([*always, *_sample(site, always, options.sample)])
    return (*(_file_check(settings, site, name) for name in names), *_image_checks(settings, site, newest))


def default_spot_checks(settings: Settings) -> tuple[SpotCheck, ...]:
    """Return the checks of any site, for one whose files are not on this machine."""
    return tuple(SpotCheck(absolute_url(settings, address), _expected(address)) for address in _ON_EVERY_SITE)


def absolute_url(settings: Settings, address: str) -> str:
    """Return the absolute address of a page or file of this site."""
    return f"{settings.url}/{urls.encoded(address)}"


def address_of(name: str) -> str:
    """Return the address at which a file in the output folder is served."""
    return name.removesuffix("index.html") if f"/{name}".endswith("/index.html") else name


def is_feed(name: str) -> bool:
    """Return whether a file in the output folder is a feed."""
    return name.startswith(_FEEDS) and name.endswith((".xml", ".json"))


def _is_always_checked(name: str) -> bool:
    is_sitemap = name.startswith("sitemap") and name.endswith(".xml")
    return is_feed(name) or is_sitemap or (name.startswith(f"{urls.THEME}style.") and name.endswith(".css"))


def _sample(site: BuiltSite, excluded: Iterable[str], size: int) -> list[str]:
    others = sorted({name for name in site.names if name.endswith(".html")} - {*excluded, urls.NOT_FOUND})
    generator = random.Random(site.id)  # noqa: S311 - repeatable, not secret
    return generator.sample(others, min(size, len(others)))


def _file_check(settings: Settings, site: BuiltSite, name: str) -> SpotCheck:
    return SpotCheck(absolute_url(settings, address_of(name)), _expected(name), (site.folder / name).read_bytes())


def _expected(name: str) -> Expected:
    by_extension = {".xml": Expected.XML, ".json": Expected.JSON, ".css": Expected.STYLE, ".txt": Expected.TEXT}
    return next((expected for extension, expected in by_extension.items() if name.endswith(extension)), Expected.PAGE)


def _image_checks(settings: Settings, site: BuiltSite, newest: NewestIssue | None) -> Iterator[SpotCheck]:
    """Yield checks of this site's images on the issue's page and in its digest."""
    if newest is None:
        return
    page = read_page((site.folder / urls.file_of(newest.url)).read_text(encoding="utf-8"))
    subscription_url = absolute_url(settings, newest.url)
    shown = (urljoin(subscription_url, image.get("src")) for image in page.all("img"))
    for url in dict.fromkeys([*shown, *image_urls(newest.digest_html)]):
        if url.startswith(f"{settings.url}/"):
            yield SpotCheck(url, Expected.IMAGE)
