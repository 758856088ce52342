"""Who left elsewhere and agreed here: which of the two was later, to the second."""

from __future__ import annotations

import pytest

from briefing.delivery.store.email_addresses import read_mailbox
from briefing.delivery.store.tables import Membership
from briefing.delivery.subscribers.decisions import Act, Known, bars, decide
from briefing.delivery.subscribers.entries import Barred, ListEntry

THEN = 1_700_000_000


def left_at(second: int) -> ListEntry:
    """A row of a reader who has left; 0: it does not say when."""
    return ListEntry(read_mailbox("ada@readers.example"), "", Membership.UNSUBSCRIBED, second, "test", "", THEN, 0)


@pytest.mark.parametrize(
    ("left", "agreed", "act"),
    [
        (THEN - 1, THEN, Act.NOTHING),
        (THEN, THEN, Act.LEAVE),  # in the same second leaving wins
        (THEN + 1, THEN, Act.LEAVE),
        (1, THEN, Act.NOTHING),
        (0, THEN, Act.LEAVE),  # a row without a date does not show that they agreed later
        (THEN, 0, Act.LEAVE),
    ],
)
def test_who_has_agreed_since_stays(left: int, agreed: int, act: Act) -> None:
    assert decide(left_at(left), Known(Membership.CONFIRMED, agreed), "") == (act, "")
    assert decide(left_at(left), Known(Membership.CONFIRMED, agreed, is_fresh=True), "") == (Act.LEAVE, "")


@pytest.mark.parametrize(("agreed", "is_barred"), [(THEN - 1, True), (THEN, True), (THEN + 1, False)])
def test_a_suppression_is_taken_over_unless_they_have_agreed_since(agreed: int, *, is_barred: bool) -> None:
    barred = Barred("", "", "unsubscribed", THEN)
    assert bars(barred, Known(Membership.CONFIRMED, agreed)) is is_barred
    assert bars(barred, Known(Membership.CONFIRMED, agreed, is_fresh=True))
    assert bars(barred, None)
