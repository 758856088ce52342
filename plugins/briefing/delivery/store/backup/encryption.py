"""Passphrase encryption in the age format, which the standard tool can decrypt (https://age-encryption.org/v1).

Age derives the key with scrypt and encrypts with ChaCha20-Poly1305; an altered or truncated file cannot be decrypted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pyrage

from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE: Final = "BRIEFING_BACKUP_PASSPHRASE"
LARGEST: Final = 1 << 31
"""Maximum bytes of an encrypted file: pyrage's passphrase mode works in memory."""
_MIN_LENGTH: Final = 12  # characters of a passphrase
_HEADER: Final = b"age-encryption.org/v1\n"
_SCRYPT: Final = re.compile(rb"-> scrypt [A-Za-z0-9+/]{22} ([1-9][0-9]?)\n")
_MAX_WORK: Final = 20  # the work factor: 2^20 needs 1 GB and several seconds; age itself chooses about 18


def passphrase(environment: Mapping[str, str]) -> str:
    """The passphrase for backups. Raises BriefingError if it is not set or too short."""
    given = environment.get(VARIABLE, "")
    if len(given) < _MIN_LENGTH:
        msg = (
            f"set {VARIABLE} to a passphrase of at least {_MIN_LENGTH} characters, and keep a copy of it somewhere else"
        )
        raise BriefingError(msg)
    return given


def encrypt(content: bytes, phrase: str) -> bytes:
    """Return an age file. Raises BriefingError if it would be too large to decrypt."""
    if len(content) > LARGEST:
        msg = f"the database has more than {LARGEST >> 30} GB, the maximum for a backup; use the backup tools of PostgreSQL or SQLite"
        raise BriefingError(msg)
    try:
        encrypted: bytes = pyrage.passphrase.encrypt(content, phrase)
    except pyrage.EncryptError as error:
        msg = f"the backup could not be encrypted ({error}); set {VARIABLE} to another passphrase"
        raise BriefingError(msg) from error
    return encrypted


def decrypt(encrypted: bytes, phrase: str, name: str) -> bytes:
    """Decrypt an age file; `name` is its name in errors. Raises BriefingError if that fails."""
    if not encrypted.startswith(_HEADER):
        msg = f"{name} is not a backup; pass a file that `subscribers backup` wrote"
        raise BriefingError(msg)
    # Checked first, so that an unknown file cannot decide how much memory and time the key costs.
    cost = _SCRYPT.match(encrypted, len(_HEADER))
    if not cost:
        msg = f"{name} is not encrypted with a passphrase; decrypt it with age, and encrypt it again with `age -p`"
        raise BriefingError(msg)
    if int(cost[1]) > _MAX_WORK:
        msg = f"{name} needs too much memory (work factor 2^{int(cost[1])}); decrypt it with age, and encrypt it again with `age -p`"
        raise BriefingError(msg)
    try:
        content: bytes = pyrage.passphrase.decrypt(encrypted, phrase)
    except pyrage.DecryptError as error:
        msg = (
            f"cannot decrypt {name}: the passphrase in {VARIABLE} is wrong, or the file was altered or truncated; "
            "nothing was restored"
        )
        raise BriefingError(msg) from error
    return content
