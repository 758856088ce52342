"""A picture."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImageView:
    """A picture on this site, in pixels. An empty `alt` means that it is decoration."""

    url: str
    alt: str
    width: int
    height: int
    caption: str
    credit: str
    license: str
