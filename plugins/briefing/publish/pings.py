"""Notify services that the site changed: search engines by IndexNow, a feed hub by WebSub."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpx

from briefing import urls
from briefing.checks.email.html_tree import read_page
from briefing.pages.formats import format_count
from briefing.publish.spot_checks import absolute_url, address_of, is_feed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from briefing.publish.built_site import BuiltSite
    from briefing.settings import Settings

_TIMEOUT: Final = 10.0  # seconds to connect, and for each chunk of a response
_MAX_URLS: Final = 10_000  # in one IndexNow request
_INDEXNOW_ERRORS: Final = {
    403: "the key is not on the site",
    422: "the URLs are not on this site, or the key is not valid",
    429: "too many requests",
}


@dataclass(frozen=True, slots=True)
class ChangedUrls:
    """The absolute addresses of pages and of feeds that changed."""

    pages: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.pages or self.feeds)


@dataclass(frozen=True, slots=True)
class PingResult:
    """service: who was notified. sent: of what, such as `3 pages`. error: why that failed, or ""."""

    service: str
    sent: str
    error: str = ""


def changed_urls(settings: Settings, site: BuiltSite, changed: Collection[str]) -> ChangedUrls:
    """Return the addresses of changed files, for services.

    Leaves out pages with `noindex`, such as a hidden issue. Includes pages that were removed.
    """
    names = sorted(changed)
    existing = {*site.names}
    pages = [name for name in names if name.endswith(".html") and (name not in existing or _is_indexable(site, name))]
    feeds = [name for name in names if is_feed(name) and name in existing]
    return ChangedUrls(
        tuple(absolute_url(settings, address_of(name)) for name in pages if name != urls.NOT_FOUND),
        tuple(absolute_url(settings, name) for name in feeds),
    )


def send_pings(settings: Settings, changed: ChangedUrls) -> tuple[PingResult, ...]:
    """Notify the services that the settings name. Failures are in the results; nothing is raised for them.

    IndexNow: www.indexnow.org/documentation. WebSub: PubSubHubbub 0.4, section 7, because the later standard does not
    define how to notify a hub. For a site on this machine, only services on this machine are notified.
    """
    options = settings.options.publish
    results = []
    with httpx.Client(timeout=_TIMEOUT, headers={"user-agent": "briefing"}) as client:
        if options.indexnow_key and changed.pages and _may_notify(settings, options.indexnow_endpoint):
            error = _first_error(_notify_search_engines(client, settings, changed.pages))
            results.append(PingResult("IndexNow", format_count(len(changed.pages), "page"), error))
        if options.websub_hub and changed.feeds and _may_notify(settings, options.websub_hub):
            error = _first_error(_notify_hub(client, options.websub_hub, changed.feeds))
            results.append(PingResult("the WebSub hub", format_count(len(changed.feeds), "feed"), error))
    return tuple(results)


def _notify_search_engines(client: httpx.Client, settings: Settings, pages: Sequence[str]) -> Iterator[str]:
    options = settings.options.publish
    identity = {
        "host": urlsplit(settings.url).netloc,
        "key": options.indexnow_key,
        "keyLocation": absolute_url(settings, urls.key_file(options.indexnow_key)),
    }
    for start in range(0, len(pages), _MAX_URLS):
        body = {**identity, "urlList": pages[start : start + _MAX_URLS]}
        yield _post(client, options.indexnow_endpoint, json=body)


def _notify_hub(client: httpx.Client, hub: str, feeds: Sequence[str]) -> Iterator[str]:
    for feed in feeds:
        yield _post(client, hub, data={"hub.mode": "publish", "hub.url": feed})


def _post(
    client: httpx.Client, url: str, *, json: Mapping[str, object] | None = None, data: Mapping[str, str] | None = None
) -> str:
    """Return why a request failed; "" if it succeeded."""
    try:
        response = client.post(url, json=json, data=data)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"{url} cannot be reached ({str(error) or type(error).__name__})"
    if response.is_success:
        return ""
    reason = f": {_INDEXNOW_ERRORS[response.status_code]}" if json and response.status_code in _INDEXNOW_ERRORS else ""
    return f"{url} answers {response.status_code}{reason}"


def _first_error(errors: Iterator[str]) -> str:
    """Return the first error. Requests after it are not sent."""
    return next(filter(None, errors), "")


def _may_notify(settings: Settings, service: str) -> bool:
    return not urls.is_loopback(settings.url) or urls.is_loopback(service)


def _is_indexable(site: BuiltSite, name: str) -> bool:
    page = read_page((site.folder / name).read_text(encoding="utf-8", errors="replace"))
    return not any(
        meta.get("name").lower() == "robots" and "noindex" in meta.get("content").lower() for meta in page.all("meta")
    )
