"""Who left elsewhere and agreed here: which of the two was later, to the second."""

from __future__ import annotations

import pytest

from briefing.delivery.store.email_addresses import parse_address
from briefing.delivery.store.tables import Membership
from briefing.delivery.subscribers.decisions import KnownSubscriber, RowAction, applies, decide
from briefing.delivery.subscribers.entries import ListEntry, SuppressedAddress

THEN = 1_700_000_000


def left_at(second: int) -> ListEntry:
    """A row of a reader who has left; 0: it does not say when."""
    return ListEntry(parse_address("ada@readers.example"), "", Membership.UNSUBSCRIBED, second, "test", "", THEN, 0)


@pytest.mark.parametrize(
    ("left", "agreed", "act"),
    [
        (THEN - 1, THEN, RowAction.NOTHING),
        (THEN, THEN, RowAction.LEAVE),  # in the same second leaving wins
        (THEN + 1, THEN, RowAction.LEAVE),
        (1, THEN, RowAction.NOTHING),
        (0, THEN, RowAction.LEAVE),  # a row without a date does not show that they agreed later
        (THEN, 0, RowAction.LEAVE),
    ],
)
def test_who_has_agreed_since_stays(left: int, agreed: int, act: RowAction) -> None:
    assert decide(left_at(left), KnownSubscriber(Membership.CONFIRMED, agreed), "") == (act, None)
    assert decide(left_at(left), KnownSubscriber(Membership.CONFIRMED, agreed, is_fresh=True), "") == (
        RowAction.LEAVE,
        None,
    )


@pytest.mark.parametrize(("agreed", "is_barred"), [(THEN - 1, True), (THEN, True), (THEN + 1, False)])
def test_a_suppression_is_taken_over_unless_they_have_agreed_since(agreed: int, *, is_barred: bool) -> None:
    suppressed = SuppressedAddress("", "", "unsubscribed", THEN)
    assert applies(suppressed, KnownSubscriber(Membership.CONFIRMED, agreed)) is is_barred
    assert applies(suppressed, KnownSubscriber(Membership.CONFIRMED, agreed, is_fresh=True))
    assert applies(suppressed, None)
