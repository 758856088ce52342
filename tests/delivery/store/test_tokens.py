"""Tokens: the last second for which one is good."""

from __future__ import annotations

import pytest
from tests.delivery import inbox_parts as parts

from briefing.delivery.store.secret import Secret
from briefing.delivery.store.tokens import Purpose, TokenClaim, TokenExpiredError, Tokens

TOKENS = Tokens(Secret(parts.SECRET), "list.example")
ADA = "adaadaadaadaada2"


@pytest.mark.parametrize("purpose", [Purpose.CONFIRM, Purpose.CHANGE_ADDRESS])
def test_a_link_is_good_through_the_second_that_it_names(purpose: Purpose) -> None:
    token = TOKENS.make(purpose, ADA, parts.THEN)
    assert TOKENS.read(purpose, token, parts.THEN - 1) == TokenClaim(ADA, parts.THEN)
    assert TOKENS.read(purpose, token, parts.THEN) == TokenClaim(ADA, parts.THEN)
    with pytest.raises(TokenExpiredError):
        TOKENS.read(purpose, token, parts.THEN + 1)


@pytest.mark.parametrize("purpose", [Purpose.UNSUBSCRIBE, Purpose.PAGE, Purpose.BOUNCE])
def test_a_link_to_leave_never_expires(purpose: Purpose) -> None:
    assert TOKENS.read(purpose, TOKENS.make(purpose, ADA, 7), 2 * parts.THEN) == TokenClaim(ADA, 7)
