"""Tokens in addresses and texts -> whom they name. A token is good by its MAC alone, wherever it is found."""

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
_MOST: Final = 50  # strings of a token's shape that are looked at in one text


@dataclass(frozen=True, slots=True)
class OwnAddresses:
    """The publication's own addresses that are written to, lower-case; "" where there is none.

    is_unsubscribe_shared: people write to `leave` for other reasons too, since it is where answers go. trusted: the mail
    servers, by their authserv-ids (RFC 8601), that are believed about who sent a mail.
    """

    bounce: str = ""
    leave: str = ""
    is_unsubscribe_shared: bool = False
    trusted: frozenset[str] = frozenset()


def own_addresses(settings: Settings) -> OwnAddresses:
    """Those of the settings. Raises BriefingError where one is unusable."""
    email = settings.options.email
    named = {
        "bounce_address": email.bounce_address,
        "unsubscribe_address": email.unsubscribe_address,
        "sender": email.sender,
        "reply_to": email.reply_to,
        "help": "" if email.help.startswith(("http://", "https://")) else email.help,
    }
    bounce, leave, *others = (bare_address(name, said).lower() if said else "" for name, said in named.items())
    trusted = frozenset(name.lower() for name in settings.options.delivery.trusted_authserv_ids)
    return OwnAddresses(bounce, leave, leave in others, trusted)


def token_claims(tokens: Tokens, texts: Iterable[str]) -> Iterator[tuple[Purpose, TokenClaim]]:
    """Whom the good tokens in the texts name, in order."""
    looked = 0
    for text in texts:
        for found in _TOKEN.finditer(text.lower()):
            looked += 1
            if looked > _MOST:
                return
            for purpose in _READ:
                if found[0].startswith(purpose.value):
                    try:
                        yield purpose, tokens.read(purpose, found[0], 0)
                    except TokenInvalidError:
                        continue


def claim_for(purpose: Purpose, tokens: Tokens, texts: Iterable[str]) -> TokenClaim | None:
    """Whom the first good token of a purpose names."""
    return next((claim for kind, claim in token_claims(tokens, texts) if kind is purpose), None)


def named_delivery(tokens: Tokens, texts: Iterable[str]) -> tuple[str, int] | None:
    """Reader and campaign that the texts name; a reader without campaign (0) where no token names a delivery."""
    found = list(token_claims(tokens, texts))
    named = [(claim.reader, claim.number) for purpose, claim in found if purpose is Purpose.BOUNCE]
    named += [(claim.reader, 0) for _, claim in found]
    return named[0] if named else None


def has_token_shape(text: str) -> bool:
    """Whether something in the text looks like a token, good or not."""
    return bool(_TOKEN.search(text.lower()))


def is_to(address: str, own: str) -> bool:
    """Whether a mail to `address` reaches our address, with or without an extension (`leave+TOKEN@`)."""
    return bool(own) and _parts(address)[::2] == _parts(own)[::2]


def extension(address: str) -> str:
    """What stands behind the `+` before the @."""
    return _parts(address)[1]


def _parts(address: str) -> tuple[str, str, str]:
    local, _, host = address.lower().rpartition("@")
    name, _, tail = local.partition("+")
    return name, tail, host
