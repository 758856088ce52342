"""Tokens identify readers in links and return paths, without an address, and cannot be forged.

A token consists of one letter for its purpose, the reader's identifier, an 80-bit MAC and, for some purposes, a number. It has
only lower-case letters and digits, because servers may change the case of an address. The MAC is keyed BLAKE2b (RFC 7693).
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

_ALPHABET: Final = "abcdefghijkmnpqrstuvwxyz23456789"  # 32 characters that are hard to confuse
_FROM_BYTES: Final = _ALPHABET.encode() * 8  # maps each byte to a character, all equally likely
_READER: Final = 16  # characters of 5 bits
_MAC: Final = 20  # hexadecimal digits
_NUMBER: Final = 8
_IDENTIFIER = re.compile(rf"[{_ALPHABET}]{{{_READER}}}")
_FORM = re.compile(rf"([a-z])([a-z2-9]{{{_READER}}})([0-9a-f]{{{_MAC}}})([0-9a-f]{{0,{_NUMBER}}})")

NOBODY: Final = "a" * _READER
"""An identifier that no reader has. The list server must accept its tokens, and they change nothing."""


class Purpose(StrEnum):
    """What a token is valid for. A token for another purpose, or from another list, is invalid.

    unsubscribe and page never expire. confirm and change_address expire: the number is their last valid second.
    bounce: the number is the campaign.
    """

    UNSUBSCRIBE = "u"
    PAGE = "p"
    CONFIRM = "c"
    CHANGE_ADDRESS = "m"
    BOUNCE = "b"


_EXPIRING: Final = frozenset({Purpose.CONFIRM, Purpose.CHANGE_ADDRESS})


class TokenInvalidError(BriefingError):
    """The token is forged, truncated, for another purpose or from another list."""


class TokenExpiredError(BriefingError):
    """The token was valid and has expired."""


@dataclass(frozen=True, slots=True)
class TokenClaim:
    """The reader that a valid token identifies. `number`: see Purpose."""

    reader: str
    number: int = 0


class Tokens:
    """Creates and verifies the tokens of one list."""

    def __init__(self, secret: Secret, list_name: str) -> None:
        """`list_name`: the name in List-Id."""
        self._keys = {purpose: secret.key(f"token {purpose} {list_name}") for purpose in Purpose}

    def make(self, purpose: Purpose, reader: str, number: int = 0) -> str:
        """Return the token for a reader's identifier; deterministic."""
        tail = f"{number:x}" if number else ""
        return f"{purpose.value}{reader}{self._mac(purpose, reader, tail)}{tail}"

    def read(self, purpose: Purpose, token: str, now: float) -> TokenClaim:
        """Verify a token, ignoring case. Raises TokenInvalidError or TokenExpiredError."""
        form = _FORM.fullmatch(token.lower())
        if not form or form[1] != purpose or not hmac.compare_digest(form[3], self._mac(purpose, form[2], form[4])):
            msg = "this link is incomplete or from another list; copy the complete link from the email"
            raise TokenInvalidError(msg)
        claim = TokenClaim(form[2], int(form[4] or "0", 16))
        if purpose in _EXPIRING and now > claim.number:
            msg = "this link has expired; request a new one"
            raise TokenExpiredError(msg)
        return claim

    def _mac(self, purpose: Purpose, reader: str, tail: str) -> str:
        return hashlib.blake2b(f"{reader}{tail}".encode(), key=self._keys[purpose], digest_size=_MAC // 2).hexdigest()


def new_reader_id() -> str:
    """Return a new identifier: 80 random bits."""
    return secrets.token_bytes(_READER).translate(_FROM_BYTES).decode()


def is_reader_id(text: str) -> bool:
    """Return whether a text has the form of a reader's identifier."""
    return _IDENTIFIER.fullmatch(text) is not None
