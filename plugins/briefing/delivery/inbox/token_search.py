"""Finds tokens in addresses and texts. A token with a valid MAC counts wherever it is found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from briefing.delivery.store.tokens import Purpose, TokenInvalidError
from briefing.digest.headers import bare_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from briefing.delivery.store.tokens import TokenClaim, Tokens
    from briefing.settings import Settings

_TOKEN = re.compile(r"(?<![a-z0-9])[a-z][a-z2-9]{16}[0-9a-f]{20,28}(?![a-z0-9])")
_READ: Final = (Purpose.BOUNCE, Purpose.UNSUBSCRIBE)
_MAX_TOKENS: Final = 50  # strings with the form of a token that are checked


@dataclass(frozen=True, slots=True)
class OwnAddresses:
    """The publication's own addresses that receive mail, in lower case; "" if there is none.

    is_unsubscribe_shared: `unsubscribe` receives other mail too, because it is also the reply address. trusted: the mail servers,
    by their authserv-ids (RFC 8601), that we trust about the sender of a mail.
    """

    bounce: str = ""
    unsubscribe: str = ""
    is_unsubscribe_shared: bool = False
    trusted: frozenset[str] = frozenset()


def own_addresses(settings: Settings) -> OwnAddresses:
    """The addresses in the settings. Raises BriefingError if one is not valid."""
    email = settings.options.email
    named = {
        "bounce_address": email.bounce_address,
        "unsubscribe_address": email.unsubscribe_address,
        "sender": email.sender,
        "reply_to": email.reply_to,
        "help": "" if email.help.startswith(("http://", "https://")) else email.help,
    }
    bounce, unsubscribe, *others = (
        bare_address(name, address).lower() if address else "" for name, address in named.items()
    )
    trusted = frozenset(name.lower() for name in settings.options.delivery.trusted_authserv_ids)
    return OwnAddresses(bounce, unsubscribe, unsubscribe in others, trusted)


def token_claims(tokens: Tokens, texts: Iterable[str]) -> Iterator[tuple[Purpose, TokenClaim]]:
    """The claims of the valid tokens in the texts, in order."""
    checked = 0
    for text in texts:
        for found in _TOKEN.finditer(text.lower()):
            checked += 1
            if checked > _MAX_TOKENS:
                return
            for purpose in _READ:
                if found[0].startswith(purpose.value):
                    try:
                        yield purpose, tokens.read(purpose, found[0], 0)
                    except TokenInvalidError:
                        continue


def claim_for(purpose: Purpose, tokens: Tokens, texts: Iterable[str]) -> TokenClaim | None:
    """The claim of the first valid token with this purpose."""
    return next((claim for kind, claim in token_claims(tokens, texts) if kind is purpose), None)


def named_delivery(tokens: Tokens, texts: Iterable[str]) -> tuple[str, int] | None:
    """The reader and campaign that the texts identify; campaign 0 if no token identifies a delivery."""
    found = list(token_claims(tokens, texts))
    named = [(claim.reader, claim.number) for purpose, claim in found if purpose is Purpose.BOUNCE]
    named += [(claim.reader, 0) for _, claim in found]
    return named[0] if named else None


def has_token_shape(text: str) -> bool:
    """Whether the text contains something that looks like a token, valid or not."""
    return bool(_TOKEN.search(text.lower()))


def is_to(address: str, own: str) -> bool:
    """Whether a mail to `address` reaches our address, with or without an extension (`unsubscribe+TOKEN@`)."""
    return bool(own) and _parts(address)[::2] == _parts(own)[::2]


def extension(address: str) -> str:
    """The part between `+` and @."""
    return _parts(address)[1]


def _parts(address: str) -> tuple[str, str, str]:
    local, _, host = address.lower().rpartition("@")
    name, _, tail = local.partition("+")
    return name, tail, host
