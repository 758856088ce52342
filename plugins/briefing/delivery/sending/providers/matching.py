"""Which of a provider's drafts was made from an issue, and whether it may still be changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from briefing.delivery.sending.providers.draft import DraftState
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterable

DRAFT: Final = "draft"


@dataclass(frozen=True, slots=True)
class Made:
    """A draft, or what has become of it. status: the provider's word. where: its address for the desk. is_out: it is sent."""

    name: str
    status: str
    where: str
    is_out: bool = False

    def handed_off(self, *, is_new: bool) -> DraftState:
        """The same, as callers are given it."""
        return DraftState(self.where, is_new, self.name, self.status, self.is_out)


def changeable(issue: str, made: Iterable[Made]) -> Made | None:
    """The one draft made from an issue; None where none was.

    Raises BriefingError where one is more than a draft by now, or where there are several to choose from.
    """
    found = tuple(made)
    for one in found:
        require_draft(issue, one)
    if len(found) > 1:
        places = " and ".join(one.where for one in found)
        msg = f"{issue} has {len(found)} drafts, at {places}; delete all but one, then hand it over again"
        raise BriefingError(msg)
    return found[0] if found else None


def furthest(made: Iterable[Made]) -> DraftState | None:
    """Of what was made from an issue the one that went furthest: sent, or on its way; None where nothing was made."""
    found = sorted(made, key=lambda one: (one.is_out, one.status != DRAFT))
    return found[-1].handed_off(is_new=False) if found else None


def require_draft(issue: str, made: Made) -> None:
    """Raise BriefingError where it is more than a draft."""
    if made.status != DRAFT:
        msg = f"{issue} was handed over before and is `{made.status}` now; look at {made.where}: it is not touched"
        raise BriefingError(msg)
