"""Pictures: measured, at a complete address by https, and published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from briefing import urls
from briefing.checks.email.origins import origin
from briefing.checks.email.report import CheckOutcome, Finding
from briefing.errors import Weight
from briefing.pages.formats import format_count

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from briefing.checks.email.html_tree import Element, HtmlTree
    from briefing.checks.email.origins import Origins
    from briefing.settings import Settings

_SIDES: Final = ("width", "height")
_MEND: Final = "set SITEURL to the site's https address"


def inspect_pictures(
    page: HtmlTree, published: Collection[str] | None, settings: Settings, origins: Origins
) -> CheckOutcome:
    """Every picture. `published` are the names of the site's files; without them nobody looks whether it is there."""
    pictures = page.all("img")
    found = [finding for picture in pictures for finding in _of_picture(picture, published, settings, origins)]
    tried = sum(_is_try(picture.get("src"), settings) for picture in pictures)
    findings = (*found, *([_of_a_try(tried, settings)] if tried else ()))
    note = "" if published is not None else "not looked for on the site"
    return CheckOutcome("pictures", str(len(pictures)), "measured, published", findings, note)


def _of_picture(
    picture: Element, published: Collection[str] | None, settings: Settings, origins: Origins
) -> Iterator[Finding]:
    address = picture.get("src")
    story, key = origin(origins, address)
    name = address.rpartition("/")[2] or "a picture"
    for side in _SIDES:
        if not picture.get(side).isdigit() or picture.get(side) == "0":
            what = f"{name} has no {side} in pixels: the text jumps when it comes"
            yield Finding(what, "mend the template", key=key, story=story)
    home = f"{settings.url}/"
    if _is_try(address, settings):
        return
    if urlsplit(address).scheme != "https":
        what = f"the picture {address or name} is at no https address"
        yield Finding(what, _MEND, key=key, story=story)
    elif not address.startswith(home):
        if not settings.options.allow_remote_images:
            what = f"{name} lies on {urlsplit(address).hostname}, which would learn who reads"
            yield Finding(what, "copy it into content/images/", key=key, story=story)
    elif published is not None and unquote(urlsplit(address).path).removeprefix(f"{settings.base}/") not in published:
        yield Finding(f"{address} is not published", "put the file into content/images/", key=key, story=story)


def _is_try(address: str, settings: Settings) -> bool:
    """Whether a picture lies on a site that is tried on this machine, which may do without https."""
    is_plain = urlsplit(address).scheme != "https"
    return is_plain and address.startswith(f"{settings.url}/") and urls.is_loopback(address)


def _of_a_try(number: int, settings: Settings) -> Finding:
    """One for all of a digest's pictures: it is the site that has no https, not they."""
    what = f"{format_count(number, 'picture')} at {settings.url}, which is this machine and no https address"
    return Finding(what, _MEND, Weight.WARNING)
