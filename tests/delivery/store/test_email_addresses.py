"""Which addresses are taken, wherever one may come from: one place decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.delivery.subscribers_parts import SECRET, Desk

from briefing.delivery.store.email_addresses import InvalidAddressError, parse_address
from briefing.digest.headers import bare_address, mailbox_header
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from tests.conftest import MakePublication

# What a program that decodes once more takes for another address, a line break, or a relay's.
CODED = ["=?utf-8?q?x?=@example.org", "%0d%0a@example.org", "a%40evil.example@example.org", "a?=b@example.org"]
# Plain, if rare: `%` alone and `=` are letters like others (VERP writes `=` for an @).
PLAIN = ["a=b@example.org", "100%@example.org", "a?b@example.org", "o'hara@example.org", "a%zz@example.org"]


@pytest.mark.parametrize("address", CODED)
def test_an_encoded_address_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(InvalidAddressError, match=r"has an encoded character or word") as refused:
        parse_address(address)
    assert address not in str(refused.value)
    for parse in (bare_address, mailbox_header):  # the settings' own, and those of `proof --to`
        for written in (address, f"The Desk <{address}>"):
            with pytest.raises(BriefingError, match="is not a valid address"):
                parse("From", written)


@pytest.mark.parametrize("address", PLAIN)
def test_a_rare_address_is_taken(address: str) -> None:
    assert parse_address(address).address == address
    assert bare_address("From", address) == address


@pytest.mark.parametrize("address", CODED)
def test_it_is_refused_by_import_and_by_hand(publication: MakePublication, address: str) -> None:
    desk = Desk(publication(), {"BRIEFING_SECRET": SECRET})
    done = desk.run("import", desk.file("list.csv", f"email\n{address}\nok@example.org\n"))
    assert "list.csv:2: its address has an encoded character or word" in done.stderr
    assert desk.states() == {"pending": 1}
    done = desk.run("add", address)
    assert (done.returncode, "has an encoded character or word" in done.stderr) == (1, True)
    assert desk.states() == {"pending": 1}
