"""Decides what a row of a list changes, from the row and the known subscriber. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from briefing.delivery.store.membership import ERASED, GONE, REMOVED
from briefing.delivery.store.tables import Membership
from briefing.errors import Fault

if TYPE_CHECKING:
    from briefing.delivery.subscribers.entries import ListEntry, SuppressedAddress

_REASONS: Final = {
    "unsubscribed": "has unsubscribed here",
    "bounced": "has bounced here",
    "complained": "has complained about a mail",
    ERASED: "was erased on request",
    REMOVED: "was removed with `subscribers remove`",
}


class RowAction(StrEnum):
    """confirm: a pending reader has consented. leave: a reader unsubscribes. suppress: only a mailbox, without a reader."""

    ADD = "add"
    CONFIRM = "confirm"
    LEAVE = "leave"
    SUPPRESS = "suppress"
    NOTHING = "nothing"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class KnownSubscriber:
    """A subscriber in the database. is_fresh: added by this import."""

    state: Membership
    consented_at: int
    is_fresh: bool = False


def decide(entry: ListEntry, known: KnownSubscriber | None, suppressed: str) -> tuple[RowAction, Fault | None]:
    """What a row changes, and for `REJECT` why. `suppressed`: why the mailbox must not be mailed; "" if it may.

    An import never reactivates a suppressed reader. A reader who unsubscribed elsewhere is unsubscribed here, unless they
    consented later, which a row without a date cannot show. The order of rows does not matter: unsubscribing wins.
    """
    if entry.state in GONE or entry.reason:
        return _end(entry, known, suppressed)
    if suppressed or (known and known.state in GONE):
        what = _REASONS.get(suppressed or (known.state.value if known else ""), "must not be mailed")
        return RowAction.REJECT, Fault(what, "only the reader can come back, by subscribing")
    if known is None:
        return RowAction.ADD, None
    if known.is_fresh:
        return RowAction.REJECT, Fault("has the same mailbox as an earlier row", "remove one of the rows")
    if known.state is Membership.PENDING and entry.state is Membership.CONFIRMED:
        return RowAction.CONFIRM, None
    return RowAction.NOTHING, None


def applies(suppressed: SuppressedAddress, known: KnownSubscriber | None) -> bool:
    """Whether to import a suppression: not if the reader has consented since."""
    return known is None or known.is_fresh or known.consented_at <= suppressed.at


def _end(entry: ListEntry, known: KnownSubscriber | None, suppressed: str) -> tuple[RowAction, Fault | None]:
    if known is None:
        # A mailbox that is suppressed without a row stays without one.
        return (RowAction.NOTHING, None) if suppressed else (RowAction.ADD, None)
    if known.state in GONE or suppressed:
        return RowAction.NOTHING, None
    has_consented_since = 0 < entry.state_at < known.consented_at
    return (RowAction.NOTHING if has_consented_since and not known.is_fresh else RowAction.LEAVE), None
