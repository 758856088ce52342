"""Addresses in front matter and settings that work but are probably a mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from briefing import weblinks
from briefing.errors import Problem, Weight
from briefing.settings import FILE, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.content.library import Library
    from briefing.settings import Settings


def find(library: Library) -> Iterator[Problem]:
    """Mixed scripts, trailing punctuation and tracking parameters. Those in a text are found when it is read."""
    for story in library.stories:
        for number, source in enumerate(story.sources, start=1):
            yield from _doubts(story.path, source.url or "", f"sources.{number}.url")
    for issue in library.issues:
        for number, link in enumerate(issue.links, start=1):
            yield from _doubts(issue.path, link.url, f"links.{number}.url")
        if issue.sponsor:
            # A sponsor may count visits.
            found = _doubts(issue.path, issue.sponsor.url, "sponsor.url")
            yield from (problem for problem in found if problem.check != "tracking")
    for curator in library.curators:
        for number, page in enumerate(curator.links, start=1):
            yield from _doubts(curator.path, page.url, f"links.{number}.url")
    yield from _in_settings(library.settings)


def _in_settings(settings: Settings) -> Iterator[Problem]:
    options = settings.options
    addresses: list[tuple[tuple[str, ...], str]] = [
        (("SITEURL",), settings.url),
        (("BRIEFING", "email", "help"), options.email.help),
        (("BRIEFING", "delivery", "listserver"), options.delivery.listserver),
        (("BRIEFING", "delivery", "subscribe_form"), options.delivery.subscribe_form),
        (("BRIEFING", "publish", "websub_hub"), options.publish.websub_hub),
        *((("BRIEFING", "menu", name), address) for name, address in options.menu.items()),
    ]
    for keys, address in addresses:
        if address:
            line = line_of(settings.root / FILE, keys)
            yield from _doubts(FILE, address, ".".join(keys), line)


def _doubts(path: str, address: str, field: str, line: int = 0) -> Iterator[Problem]:
    is_settings = path == FILE  # which cannot acknowledge a warning, and which `check --fix` does not change
    for doubt in weblinks.doubts(address, is_fixable=not is_settings):
        check = "" if is_settings else doubt.check
        yield Problem(path, doubt.what, doubt.hint, field, line, Weight.WARNING, check)
