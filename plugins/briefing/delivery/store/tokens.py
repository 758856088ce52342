"""What stands for a reader in links and return paths: no address, and nothing that could be made up.

A token is one letter for its purpose, the reader's identifier, a MAC of 80 bits and, for some, a number: lower-case
letters and digits only, since servers may change the case of an address. The MAC is keyed BLAKE2b (RFC 7693).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from briefing.errors import BriefingError

if TYPE_CHECKING:
    from briefing.delivery.store.secret import Secret

_ALPHABET: Final = "abcdefghijkmnpqrstuvwxyz23456789"  # 32 signs that nobody confuses
_FROM_BYTES: Final = _ALPHABET.encode() * 8  # each of the 256 bytes to a sign, each sign as likely
_READER: Final = 16  # signs of 5 bits
_MAC: Final = 20  # hexadecimal digits
_NUMBER: Final = 8
_IDENTIFIER = re.compile(rf"[{_ALPHABET}]{{{_READER}}}")
_FORM = re.compile(rf"([a-z])([a-z2-9]{{{_READER}}})([0-9a-f]{{{_MAC}}})([0-9a-f]{{0,{_NUMBER}}})")

NOBODY: Final = "a" * _READER
"""An identifier that no reader will have: what its tokens are given to must take them, and change nothing."""


class Purpose(StrEnum):
    """What a token is good for; one made for another purpose, or by another list, is none.

    unsubscribe and page never expire. confirm and move do: the number is the second after which they are void.
    bounce: the number is the campaign.
    """

    UNSUBSCRIBE = "u"
    PAGE = "p"
    CONFIRM = "c"
    MOVE = "m"
    BOUNCE = "b"


_EXPIRING: Final = frozenset({Purpose.CONFIRM, Purpose.MOVE})


class TokenInvalidError(BriefingError):
    """Forged, cut short, for another purpose or of another list."""


class TokenExpiredError(BriefingError):
    """Once good, and now too old."""


@dataclass(frozen=True, slots=True)
class TokenClaim:
    """Whom a good token names. `number`: see Purpose."""

    reader: str
    number: int = 0


class Tokens:
    """Makes and reads the tokens of one list."""

    def __init__(self, secret: Secret, list_name: str) -> None:
        """`list_name`: as in List-Id."""
        self._keys = {purpose: secret.key(f"token {purpose} {list_name}") for purpose in Purpose}

    def make(self, purpose: Purpose, reader: str, number: int = 0) -> str:
        """The token for a reader's identifier; always the same for the same arguments."""
        tail = f"{number:x}" if number else ""
        return f"{purpose.value}{reader}{self._mac(purpose, reader, tail)}{tail}"

    def read(self, purpose: Purpose, token: str, now: float) -> TokenClaim:
        """Whom the token names; letters' case does not matter. Raises TokenInvalidError or TokenExpiredError."""
        form = _FORM.fullmatch(token.lower())
        if not form or form[1] != purpose or not hmac.compare_digest(form[3], self._mac(purpose, form[2], form[4])):
            msg = "this link is not complete, or not one of this list; copy the whole of it from the mail"
            raise TokenInvalidError(msg)
        claim = TokenClaim(form[2], int(form[4] or "0", 16))
        if purpose in _EXPIRING and now > claim.number:
            msg = "this link is too old; ask for a new one"
            raise TokenExpiredError(msg)
        return claim

    def _mac(self, purpose: Purpose, reader: str, tail: str) -> str:
        return hashlib.blake2b(f"{reader}{tail}".encode(), key=self._keys[purpose], digest_size=_MAC // 2).hexdigest()


def new_reader() -> str:
    """A reader's identifier: 80 bits of chance, telling nothing."""
    return secrets.token_bytes(_READER).translate(_FROM_BYTES).decode()


def is_reader(text: str) -> bool:
    """Whether a text may be a reader's identifier."""
    return _IDENTIFIER.fullmatch(text) is not None
