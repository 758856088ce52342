"""Pictures: with a size, at an absolute https address, and published."""

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
_SET_SITEURL: Final = "set SITEURL to the site's https address"


def inspect_pictures(
    page: HtmlTree, published: Collection[str] | None, settings: Settings, origins: Origins
) -> CheckOutcome:
    """Every picture. `published` are the names of the site's files; without them, missing files are not found."""
    pictures = page.all("img")
    found = [finding for picture in pictures for finding in _of_picture(picture, published, settings, origins)]
    local = sum(_is_local(picture.get("src"), settings) for picture in pictures)
    findings = (*found, *([_of_local(local, settings)] if local else ()))
    note = "" if published is not None else "not compared with the site"
    return CheckOutcome("pictures", str(len(pictures)), "measured, published", findings, note)


def _of_picture(
    picture: Element, published: Collection[str] | None, settings: Settings, origins: Origins
) -> Iterator[Finding]:
    address = picture.get("src")
    story, key = origin(origins, address)
    name = address.rpartition("/")[2] or "a picture"
    for side in _SIDES:
        if not picture.get(side).isdigit() or picture.get(side) == "0":
            what = f"{name} has no {side} in pixels: the text will move when it loads"
            yield Finding(what, "fix the template", key=key, story=story)
    home = f"{settings.url}/"
    if _is_local(address, settings):
        return
    if urlsplit(address).scheme != "https":
        what = f"the picture {address or name} is not at an https address"
        yield Finding(what, _SET_SITEURL, key=key, story=story)
    elif not address.startswith(home):
        if not settings.options.allow_remote_images:
            what = f"{name} is on {urlsplit(address).hostname}, which would learn who reads the email"
            yield Finding(what, "copy it into content/images/", key=key, story=story)
    elif published is not None and unquote(urlsplit(address).path).removeprefix(f"{settings.base}/") not in published:
        yield Finding(f"{address} is not published", "put the file into content/images/", key=key, story=story)


def _is_local(address: str, settings: Settings) -> bool:
    """Whether a picture is on a local preview of the site, which needs no https."""
    is_plain = urlsplit(address).scheme != "https"
    return is_plain and address.startswith(f"{settings.url}/") and urls.is_loopback(address)


def _of_local(number: int, settings: Settings) -> Finding:
    """One finding for all pictures: it is the site that has no https."""
    what = f"{format_count(number, 'picture')} at {settings.url}: only this machine can load them"
    return Finding(what, _SET_SITEURL, Weight.WARNING)
