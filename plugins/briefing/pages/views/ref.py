"""Names with the pages that they lead to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ref:
    """A name and its page on this site; `url` is None if the build has no such page, "" for the home page."""

    name: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Outward:
    """A name and a complete address on another site (`https:` or `mailto:`)."""

    name: str
    href: str
