"""Refused requests, with their status and page."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class RefusedError(BriefingError):
    """A request that is answered by a notice. `name`: as in theme/templates/listserver/notice.html."""

    status: HTTPStatus
    name: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """The notice's name."""
        return self.name


def broken_link() -> RefusedError:
    """A token that is forged, incomplete or of another list."""
    return RefusedError(HTTPStatus.NOT_FOUND, "broken")


def expired_link() -> RefusedError:
    """An expired token."""
    return RefusedError(HTTPStatus.GONE, "expired")
