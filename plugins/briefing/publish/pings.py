"""Telling others that the site changed: search engines by IndexNow, a hub of feeds by WebSub."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpx

from briefing import urls
from briefing.checks.email.html_tree import read_page
from briefing.pages.formats import format_count
from briefing.publish.spot_checks import address_of, is_feed, url_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from briefing.publish.built_output import Built
    from briefing.settings import Settings

_WAIT: Final = 10.0  # seconds for each step: connecting, and every piece of an answer
_AT_ONCE: Final = 10_000  # addresses in one IndexNow request
_WHY: Final = {
    403: "the key is not at the site",
    422: "the addresses are not this site's, or the key is not as it must be",
    429: "it was told too often",
}


@dataclass(frozen=True, slots=True)
class News:
    """What changed on a site: whole addresses of pages, and of feeds."""

    pages: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.pages or self.feeds)


@dataclass(frozen=True, slots=True)
class Ping:
    """Who was told of how much; or `fault`, why not."""

    service: str
    fault: str = ""


def news_of(settings: Settings, built: Built, changed: Collection[str]) -> News:
    """What the changed files mean to those who are not asked to stay away.

    A page that says `noindex`, such as a hidden issue, is nobody's business; one that is gone is news.
    """
    names = sorted(changed)
    here = {*built.names}
    pages = [name for name in names if name.endswith(".html") and (name not in here or _is_open(built, name))]
    feeds = [name for name in names if is_feed(name) and name in here]
    return News(
        tuple(url_of(settings, address_of(name)) for name in pages if name != urls.NOT_FOUND),
        tuple(url_of(settings, name) for name in feeds),
    )


def ping(settings: Settings, news: News) -> tuple[Ping, ...]:
    """Tell whom the settings name. What the other side does is in the answer; nothing is raised for it.

    IndexNow: www.indexnow.org/documentation. WebSub: a hub is told as PubSubHubbub 0.4 says, section 7, which the
    later standard leaves open. A site on this machine is told of on this machine only.
    """
    options = settings.options.publish
    with httpx.Client(timeout=_WAIT, headers={"user-agent": "briefing"}) as client:
        pings = []
        if options.indexnow_key and news.pages and _may_know(settings, options.indexnow_endpoint):
            told = f"IndexNow of {format_count(len(news.pages), 'page')}"
            pings.append(Ping(told, _first(_tell_engines(client, settings, news.pages))))
        if options.websub_hub and news.feeds and _may_know(settings, options.websub_hub):
            told = f"the hub of {format_count(len(news.feeds), 'feed')}"
            pings.append(Ping(told, _first(_tell_hub(client, options.websub_hub, news.feeds))))
    return tuple(pings)


def _tell_engines(client: httpx.Client, settings: Settings, pages: Sequence[str]) -> Iterator[str]:
    options = settings.options.publish
    about = {
        "host": urlsplit(settings.url).netloc,
        "key": options.indexnow_key,
        "keyLocation": url_of(settings, urls.key_file(options.indexnow_key)),
    }
    for first in range(0, len(pages), _AT_ONCE):
        told = {**about, "urlList": pages[first : first + _AT_ONCE]}
        yield _post(client, options.indexnow_endpoint, json=told)


def _tell_hub(client: httpx.Client, hub: str, feeds: Sequence[str]) -> Iterator[str]:
    for feed in feeds:
        yield _post(client, hub, data={"hub.mode": "publish", "hub.url": feed})


def _post(
    client: httpx.Client, url: str, *, json: Mapping[str, object] | None = None, data: Mapping[str, str] | None = None
) -> str:
    try:
        answer = client.post(url, json=json, data=data)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"{url} cannot be reached ({str(error) or type(error).__name__})"
    if answer.is_success:
        return ""
    why = f": {_WHY[answer.status_code]}" if json and answer.status_code in _WHY else ""
    return f"{url} answers {answer.status_code}{why}"


def _first(faults: Iterator[str]) -> str:
    """The first fault; what would come after it is not tried."""
    return next(filter(None, faults), "")


def _may_know(settings: Settings, service: str) -> bool:
    return not urls.is_loopback(settings.url) or urls.is_loopback(service)


def _is_open(built: Built, name: str) -> bool:
    page = read_page((built.folder / name).read_text(encoding="utf-8", errors="replace"))
    return not any(
        meta.get("name").lower() == "robots" and "noindex" in meta.get("content").lower() for meta in page.all("meta")
    )
