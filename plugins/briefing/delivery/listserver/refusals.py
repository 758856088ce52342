"""What is not done, with the status and the page that say so."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class RefusedError(BriefingError):
    """A request that is answered by a notice. `name`: which one, see theme/templates/listserver/notice.html."""

    status: HTTPStatus
    name: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """The notice's name."""
        return self.name


def broken_link() -> RefusedError:
    """A token that is forged, cut short or another list's."""
    return RefusedError(HTTPStatus.NOT_FOUND, "broken")


def expired_link() -> RefusedError:
    """A token that is too old."""
    return RefusedError(HTTPStatus.GONE, "expired")
