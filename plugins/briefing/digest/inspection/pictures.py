"""Pictures: measured, at a complete address by https, and published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from briefing import urls
from briefing.digest.inspection.origins import origin
from briefing.digest.inspection.report import Finding, Outcome
from briefing.errors import Weight

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from briefing.digest.inspection.origins import Origins
    from briefing.digest.inspection.page import Element, Page
    from briefing.settings import Settings

_SIDES: Final = ("width", "height")


def inspect_pictures(page: Page, published: Collection[str] | None, settings: Settings, origins: Origins) -> Outcome:
    """Every picture. `published` are the names of the site's files; without them nobody looks whether it is there."""
    pictures = page.all("img")
    findings = tuple(finding for picture in pictures for finding in _of_picture(picture, published, settings, origins))
    note = "" if published is not None else "not looked for on the site"
    return Outcome("pictures", str(len(pictures)), "measured, published", findings, note)


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
    if urlsplit(address).scheme != "https":
        what = f"the picture {address or name} is at no https address"
        is_try = address.startswith(home) and urls.is_of_this_machine(address)
        weight = Weight.WARNING if is_try else Weight.ERROR
        yield Finding(what, "set SITEURL to the site's https address", weight, key=key, story=story)
    elif not address.startswith(home):
        if not settings.options.allow_remote_images:
            what = f"{name} lies on {urlsplit(address).hostname}, which would learn who reads"
            yield Finding(what, "copy it into content/images/", key=key, story=story)
    elif published is not None and unquote(urlsplit(address).path).removeprefix(f"{settings.base}/") not in published:
        yield Finding(f"{address} is not published", "put the file into content/images/", key=key, story=story)
