"""Finds the provider's draft of an issue, and decides whether it can still be changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from briefing.delivery.sending.providers.draft import DraftState
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterable

DRAFT: Final = "draft"


@dataclass(frozen=True, slots=True)
class ProviderDraft:
    """A draft as the provider lists it. name: its ID there. The rest as in `DraftState`."""

    name: str
    status: str
    where: str
    is_out: bool = False

    def state(self, *, is_new: bool) -> DraftState:
        """Its state for callers."""
        return DraftState(self.where, is_new, self.name, self.status, self.is_out)


def changeable(issue: str, made: Iterable[ProviderDraft]) -> ProviderDraft | None:
    """The one draft created from an issue, or None.

    Raises BriefingError if one is no longer a draft, or if there are several.
    """
    found = tuple(made)
    for one in found:
        require_draft(issue, one)
    if len(found) > 1:
        places = " and ".join(one.where for one in found)
        msg = f"{issue} has {len(found)} drafts, at {places}; delete all but one, then run `send` again"
        raise BriefingError(msg)
    return found[0] if found else None


def furthest(made: Iterable[ProviderDraft]) -> DraftState | None:
    """Of the drafts created from an issue, the one that got furthest: sent before scheduled before draft. None without any."""
    found = sorted(made, key=lambda one: (one.is_out, one.status != DRAFT))
    return found[-1].state(is_new=False) if found else None


def require_draft(issue: str, made: ProviderDraft) -> None:
    """Raise BriefingError if it is no longer a draft."""
    if made.status != DRAFT:
        msg = f"the draft of {issue} is now `{made.status}` and was not changed; see {made.where}"
        raise BriefingError(msg)
