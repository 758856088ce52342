"""An issue handed to a provider that keeps its own list: as a draft, which the desk looks at and sends there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from briefing.delivery.handoff.draft import Draft, HandedOff
from briefing.delivery.handoff.url import FORMS
from briefing.errors import WrongUseError

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMES: Final = tuple(FORMS)
"""The schemes of a hand-off's URL, which no messenger has."""

__all__ = ["SCHEMES", "Draft", "HandedOff", "hand_off"]


def hand_off(url: str, draft: Draft, environment: Mapping[str, str]) -> HandedOff:
    """Make the provider's draft of an issue, or bring the one that was made from it before up to date.

    A draft that is scheduled, sent or being sent is never touched, and no second one is made beside it. Raises
    WrongUseError where the URL makes no sense, BriefingError where the provider refuses or cannot be reached; the same
    call may follow. Not to be called from within an event loop.
    """
    scheme = url.partition(":")[0].lower()
    if scheme == "buttondown":
        from briefing.delivery.handoff import buttondown  # noqa: PLC0415 - httpx takes long to import

        return buttondown.hand_off(url, draft, environment)
    if scheme == "listmonk":
        from briefing.delivery.handoff import listmonk  # noqa: PLC0415 - httpx takes long to import

        return listmonk.hand_off(url, draft, environment)
    msg = f"that hands nothing off; write {' or '.join(FORMS.values())}"
    raise WrongUseError(msg)
