"""Octets under a passphrase, in chunks: what comes out is what went in, whole and in order, or nothing at all.

The key is scrypt's (RFC 7914, section 2), each chunk AES-256-GCM with the header as additional data. A chunk's nonce is
a prefix of chance, its number, and whether it is the last, so that none can be left out, doubled, moved or cut off
(the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015).
"""

from __future__ import annotations

import io
import secrets
import struct
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

VARIABLE: Final = "BRIEFING_BACKUP_PASSPHRASE"
_LEAST: Final = 12  # characters of a passphrase
_MAGIC: Final = b"briefing backup\n"
_HEADER: Final = struct.Struct(">16sBBBB16s7s")  # magic, version, scrypt's log2 n, r and p, salt, nonce prefix
_NONCE: Final = struct.Struct(">7sIB")
_VERSION: Final = 1
_COST: Final = (17, 8, 1)  # 128 MB, about half a second
_DEAREST: Final = 20  # of log2 n in a stranger's file: 1 GB
_CHUNK: Final = 1 << 16
_TAG: Final = 16


def passphrase(environment: Mapping[str, str]) -> bytes:
    """What opens and closes backups. Raises BriefingError where it is not set, or too short."""
    given = environment.get(VARIABLE, "")
    if len(given) < _LEAST:
        msg = (
            f"set {VARIABLE} to the passphrase of your backups, of at least {_LEAST} characters; keep it elsewhere too"
        )
        raise BriefingError(msg)
    return given.encode()


class Sealer(io.RawIOBase):
    """A file to write to; what is written is sealed into `target`, which is whole once this is closed."""

    def __init__(self, target: BinaryIO, phrase: bytes) -> None:
        """`target` is written to from where it stands, and stays open."""
        salt, self._prefix = secrets.token_bytes(16), secrets.token_bytes(7)
        self._header = _HEADER.pack(_MAGIC, _VERSION, *_COST, salt, self._prefix)
        self._cipher = AESGCM(_key(phrase, salt, *_COST))
        self._target, self._held, self._number = target, bytearray(), 0
        target.write(self._header)

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, octets: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        """Take the octets; a chunk is sealed once it is known not to be the last."""
        self._held += octets
        while len(self._held) > _CHUNK:
            self._seal(bytes(self._held[:_CHUNK]), is_last=False)
            del self._held[:_CHUNK]
        return len(octets)

    def finish(self) -> None:
        """Seal what is left, as the last."""
        self._seal(bytes(self._held), is_last=True)
        self._held.clear()

    def _seal(self, chunk: bytes, *, is_last: bool) -> None:
        nonce = _NONCE.pack(self._prefix, self._number, is_last)
        self._target.write(self._cipher.encrypt(nonce, chunk, self._header))
        self._number += 1


class Opener(io.RawIOBase):
    """A file to read from: what `Sealer` took. Nothing is handed on that has not been found unaltered."""

    def __init__(self, source: BinaryIO, phrase: bytes, name: str) -> None:
        """Raise BriefingError where the source is no backup. `name`: as errors call it."""
        self._source, self._name, self._number, self._held = source, name, 0, b""
        header = source.read(_HEADER.size)
        if len(header) < _HEADER.size or not header.startswith(_MAGIC):
            msg = f"{name} is no backup of this program; give a file that `subscribers backup` wrote"
            raise BriefingError(msg)
        _, version, cost, blocks, lanes, salt, self._prefix = _HEADER.unpack(header)
        if version != _VERSION or cost > _DEAREST or not cost or blocks != _COST[1] or lanes != _COST[2]:
            msg = f"{name} is a backup of a newer program, or damaged; update this one, or take another backup"
            raise BriefingError(msg)
        self._header = header
        self._cipher = AESGCM(_key(phrase, salt, cost, blocks, lanes))
        self._next = source.read(_CHUNK + _TAG)
        if not self._next:  # even nothing is sealed in a last chunk
            self._open()

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill the buffer; 0 at the end. Raises BriefingError where the file was cut short or altered."""
        if not self._held and self._next:
            self._held = self._open()
        part = self._held[: len(buffer)]
        buffer[: len(part)] = part
        self._held = self._held[len(part) :]
        return len(part)

    def _open(self) -> bytes:
        sealed, self._next = self._next, self._source.read(_CHUNK + _TAG)
        nonce = _NONCE.pack(self._prefix, self._number, not self._next)
        self._number += 1
        try:
            return self._cipher.decrypt(nonce, sealed, self._header)
        except InvalidTag as error:
            first = f"the passphrase in {VARIABLE} is not that of {self._name}, or the file was altered"
            later = f"{self._name} was cut short or altered"
            msg = f"{first if self._number == 1 else later}; nothing was restored, take another backup"
            raise BriefingError(msg) from error


def _key(phrase: bytes, salt: bytes, cost: int, blocks: int, lanes: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=1 << cost, r=blocks, p=lanes).derive(phrase)
