"""Where the addresses in a digest come from: a story or the issue, and the key."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from briefing.pages.views import ImageView, IssueView, ItemView
    from briefing.settings import Settings

    Origins = Mapping[str, tuple[str, str]]
    """From an address to (story id, or "" for the issue; key)."""


def find_origins(issue: IssueView, settings: Settings) -> Origins:
    """Every address in front matter, with the first place that has it."""
    found: dict[str, tuple[str, str]] = {}
    for address, story, key in _places(issue, f"{settings.url}/"):
        found.setdefault(address, (story, key))
    return found


def origin(origins: Origins, address: str) -> tuple[str, str]:
    """The story and key of an address; ("", "") if it is in no front matter."""
    return origins.get(address, ("", ""))


def items(issue: IssueView) -> tuple[ItemView, ...]:
    """The issue's stories, the lead first."""
    return (*filter(None, [issue.lead]), *(item for section in issue.sections for item in section.items))


def _places(issue: IssueView, home: str) -> Iterator[tuple[str, str, str]]:
    for item in items(issue):
        for source in item.sources:
            if source.href:
                yield source.href, item.card.id, f"sources.{source.number}.url"
        yield from _picture(item.card.image, home, item.card.id, "image")
    for number, line in enumerate(issue.links, start=1):
        yield line.href, "", f"links.{number}.url"
    if issue.sponsor:
        yield issue.sponsor.href, "", "sponsor.url"
        yield from _picture(issue.sponsor.image, home, "", "sponsor.image")


def _picture(image: ImageView | None, home: str, story: str, key: str) -> Iterator[tuple[str, str, str]]:
    if image is not None:
        yield f"{home}{image.url}", story, key
