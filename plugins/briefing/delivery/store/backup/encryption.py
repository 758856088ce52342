"""Bytes under a passphrase, as age seals them: the standard tool opens them too (https://age-encryption.org/v1).

Age makes the key with scrypt and encrypts with ChaCha20-Poly1305; a file that was altered or cut short does not open.
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
"""Bytes of a sealed file: age's passphrase mode works in memory."""
_LEAST: Final = 12  # characters of a passphrase
_HEADER: Final = b"age-encryption.org/v1\n"
_SCRYPT: Final = re.compile(rb"-> scrypt [A-Za-z0-9+/]{22} ([1-9][0-9]?)\n")
_DEAREST: Final = 20  # the work factor: 2^20 needs 1 GB and some seconds; age itself chooses 18 or so


def passphrase(environment: Mapping[str, str]) -> str:
    """What opens and closes backups. Raises BriefingError if it is not set, or too short."""
    given = environment.get(VARIABLE, "")
    if len(given) < _LEAST:
        msg = (
            f"set {VARIABLE} to the passphrase of your backups, of at least {_LEAST} characters; keep it elsewhere too"
        )
        raise BriefingError(msg)
    return given


def seal(content: bytes, phrase: str) -> bytes:
    """An age file. Raises BriefingError if it would be too large to open again."""
    if len(content) > LARGEST:
        msg = f"the ledger has more than {LARGEST >> 30} GB, too much for one backup; use the database's own"
        raise BriefingError(msg)
    try:
        sealed: bytes = pyrage.passphrase.encrypt(content, phrase)
    except pyrage.EncryptError as error:
        msg = f"the backup could not be encrypted ({error}); set another {VARIABLE}"
        raise BriefingError(msg) from error
    return sealed


def unseal(sealed: bytes, phrase: str, name: str) -> bytes:
    """What was sealed. `name`: how errors call the file. Raises BriefingError if it does not open."""
    if not sealed.startswith(_HEADER):
        msg = f"{name} is not a backup; give a file that `subscribers backup` wrote"
        raise BriefingError(msg)
    # Before age is asked: a stranger's file must not choose how much memory and time the key costs.
    cost = _SCRYPT.match(sealed, len(_HEADER))
    if not cost:
        msg = f"{name} is not sealed with a passphrase; open it with age, and seal it again with `age -p`"
        raise BriefingError(msg)
    if int(cost[1]) > _DEAREST:
        msg = f"{name} asks for too much work (2^{int(cost[1])}); open it with age, and seal it again with `age -p`"
        raise BriefingError(msg)
    try:
        content: bytes = pyrage.passphrase.decrypt(sealed, phrase)
    except pyrage.DecryptError as error:
        msg = (
            f"{name} does not open: the passphrase in {VARIABLE} is not that of this file, or the file was altered or"
            " cut short; nothing was restored"
        )
        raise BriefingError(msg) from error
    return content
