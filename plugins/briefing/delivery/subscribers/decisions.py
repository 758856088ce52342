"""What a row of a list does to the ledger: decided from the row and what is known, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from briefing.delivery.store.membership import ERASED, GONE, REMOVED
from briefing.delivery.store.tables import Membership

if TYPE_CHECKING:
    from briefing.delivery.subscribers.entries import ListEntry, SuppressedAddress

_WHY: Final = {
    "unsubscribed": "has unsubscribed here",
    "bounced": "has bounced here",
    "complained": "has complained about a mail from here",
    ERASED: "was forgotten here, as they wished",
    REMOVED: "was removed by the desk",
}


class RowAction(StrEnum):
    """What is done. confirm: who was pending has agreed. leave: who was on the list is so no more. bar: a mailbox only."""

    ADD = "add"
    CONFIRM = "confirm"
    LEAVE = "leave"
    SUPPRESS = "suppress"
    NOTHING = "nothing"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class KnownSubscriber:
    """A subscriber as the ledger has them. is_fresh: through this import."""

    state: Membership
    consented_at: int
    is_fresh: bool = False


def decide(entry: ListEntry, known: KnownSubscriber | None, suppressed: str) -> tuple[RowAction, str]:
    """What becomes of a row, and for `REFUSE` why. `suppressed`: the reason why the mailbox must not be mailed; "".

    Nobody who is suppressed is revived. Who left elsewhere leaves here, unless they have agreed since, which a row
    without a date cannot show. The order of an import's rows does not matter: leaving wins.
    """
    if entry.state in GONE or entry.reason:
        return _goes(entry, known, suppressed)
    if suppressed or (known and known.state in GONE):
        said = _WHY.get(suppressed or (known.state.value if known else ""), "must not be mailed")
        return RowAction.REJECT, f"{said}; only they can come back, by subscribing"
    if known is None:
        return RowAction.ADD, ""
    if known.is_fresh:
        return RowAction.REJECT, "is the mailbox of an earlier row; one is enough"
    if known.state is Membership.PENDING and entry.state is Membership.CONFIRMED:
        return RowAction.CONFIRM, ""
    return RowAction.NOTHING, ""


def applies(suppressed: SuppressedAddress, known: KnownSubscriber | None) -> bool:
    """Whether a suppression from a list is taken over: not where the reader has agreed since."""
    return known is None or known.is_fresh or known.consented_at <= suppressed.at


def _goes(entry: ListEntry, known: KnownSubscriber | None, suppressed: str) -> tuple[RowAction, str]:
    if known is None:
        # Of a mailbox that is suppressed without a row nothing more shall be known.
        return (RowAction.NOTHING, "") if suppressed else (RowAction.ADD, "")
    if known.state in GONE or suppressed:
        return RowAction.NOTHING, ""
    has_agreed_since = 0 < entry.state_at < known.consented_at
    return (RowAction.NOTHING if has_agreed_since and not known.is_fresh else RowAction.LEAVE), ""
