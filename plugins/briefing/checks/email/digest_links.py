"""Links: the same in HTML, text and on the issue's page, only to the web and mail, without tracking."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from briefing import urls
from briefing.checks.email.html_tree import read_page
from briefing.checks.email.origins import origin
from briefing.checks.email.report import CheckOutcome, Finding, listed
from briefing.errors import Weight
from briefing.weblinks import tracking

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from briefing.checks.email.html_tree import HtmlTree
    from briefing.checks.email.origins import Origins
    from briefing.pages.views import DigestView
    from briefing.settings import Settings

_NUMBERED: Final = re.compile(r"^\[\d+\] (\S+)$", re.MULTILINE)
_SCHEMES: Final = frozenset({"http", "https", "mailto"})


def inspect_links(
    view: DigestView, page: HtmlTree, text: str, web: str | None, settings: Settings, origins: Origins
) -> CheckOutcome:
    """The links in all three forms. `web` is the issue's page; without it only HTML and text are compared.

    Readers' own links and the link to the issue's page are in the digest only. Of the page's links, only external ones
    in <main> count.
    """
    in_html = [link.get("href") for link in page.all("a") if not link.get("href").startswith("#")]
    in_html = list(dict.fromkeys(filter(None, in_html)))
    in_text = list(dict.fromkeys(_NUMBERED.findall(text)))
    findings = [
        *_missing(in_html, in_text, "the plain text", origins),
        *_missing(in_text, in_html, "the HTML", origins),
    ]
    if web is not None:
        private = {
            f"{settings.url}/",
            f"{settings.url}/{view.issue.url}",
            view.unsubscribe,
            getattr(view, "preferences", ""),
        }
        on_page = read_page(web)
        address = f"{settings.url}/{urls.encoded(view.issue.url)}"
        everywhere = {_absolute(link.get("href"), address, settings) for link in on_page.all("a")}
        shared = [address for address in in_html if address not in private and not address.startswith("mailto:")]
        findings += _missing(shared, everywhere, "the issue's page", origins)
        findings += _missing(_external(on_page, settings), {*in_html}, "the digest", origins)
    findings += _unusable(in_html, view, origins)
    value = f"{len(in_html)} in HTML, {len(in_text)} in text"
    return CheckOutcome(
        "links", value, "the same, untracked", tuple(findings), "" if web is not None else "not compared with the page"
    )


def _missing(addresses: Iterable[str], there: Iterable[str], where: str, origins: Origins) -> Iterator[Finding]:
    known = set(there)
    for address in addresses:
        if address not in known:
            story, key = origin(origins, address)
            yield Finding(f"{where} lacks the link `{address}`", "fix the template", key=key, story=story)


def _unusable(addresses: list[str], view: DigestView, origins: Origins) -> Iterator[Finding]:
    sponsored = view.issue.sponsor.href if view.issue.sponsor else ""
    for address in addresses:
        story, key = origin(origins, address)
        if urlsplit(address).scheme not in _SCHEMES:
            what = f"`{address}` starts with neither https: nor mailto:"
            yield Finding(what, "write the complete address", key=key, story=story)
        names = tracking(address) if address != sponsored else ()
        if names:
            named = listed([f"`{name}`" for name in dict.fromkeys(names)], 9)
            what = f"{address} tracks the reader with {named}"
            yield Finding(what, "remove it", Weight.WARNING, key, story, is_of_content=True)


def _absolute(address: str, page: str, settings: Settings) -> str:
    """An address on the page at `page`, in the form of the digest."""
    if address.startswith("#"):
        return f"{page}{address}"
    if address.startswith("/") and not address.startswith("//"):
        return f"{settings.url.removesuffix(settings.base)}{address}"
    return address


def _external(page: HtmlTree, settings: Settings) -> list[str]:
    """The external addresses in the page's <main>."""
    links = [link.get("href") for main in page.all("main") for link in main.within() if link.tag == "a"]
    links = [address for address in links if urlsplit(address).scheme in {"http", "https"}]
    return [address for address in dict.fromkeys(links) if not address.startswith(f"{settings.url}/")]
