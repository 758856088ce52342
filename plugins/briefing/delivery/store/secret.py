"""The publication's secret, from which the keys of tokens, Message-IDs and suppressions are derived."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VARIABLE: Final = "BRIEFING_SECRET"
FILE: Final = "secret"
_MIN_LENGTH: Final = 32  # characters; of hexadecimal digits these are 128 bits
_MAX_LENGTH: Final = 1024


@dataclass(frozen=True, slots=True)
class Secret:
    """The text is never printed. `made`: the file that was just created for it, None if it existed."""

    text: str = field(repr=False)
    made: Path | None = None

    def key(self, purpose: str) -> bytes:
        """Derive a 32-byte key for a purpose. Keys reveal nothing about each other."""
        return _key(self.text, purpose)

    def address_hash(self, address: str) -> str:
        """Hash an address (`EmailAddress.key`) with a key, so that only this secret can reproduce it; for suppressions."""
        return hmac.digest(self.key("address"), address.encode(), "sha256").hex()[:40]

    @property
    def fingerprint(self) -> str:
        """Identifies the secret in the database, without revealing it."""
        return hashlib.sha256(self.key("fingerprint")).hexdigest()[:16]


@lru_cache(maxsize=64)  # every row of an import needs the same key
def _key(text: str, purpose: str) -> bytes:
    return hmac.digest(text.encode(), f"briefing: {purpose}".encode(), "sha256")


def read_secret(private: Path, environment: Mapping[str, str]) -> Secret:
    """Read the secret from `BRIEFING_SECRET`, otherwise from the file in the private folder, which is created if missing.

    Raises BriefingError if it is invalid or cannot be read, and if there is none and `CI` is set.
    """
    file = private / FILE
    try:
        if found := find_secret(private, environment):
            return found
        if environment.get("CI"):
            msg = f"CI is set: set {VARIABLE}, so that every run uses the same secret"
            raise BriefingError(msg)
        text = secrets.token_hex(32)
        write_secret(file, text)
    except FileExistsError:  # another process was faster
        return read_secret(private, environment)
    except OSError as error:
        msg = f"cannot write the secret to {file}: {error.strerror}; check the folder's permissions, or set {VARIABLE}"
        raise BriefingError(msg) from error
    return Secret(text, made=file)


def find_secret(private: Path, environment: Mapping[str, str]) -> Secret | None:
    """Read the secret like `read_secret`, but return None if there is none. Creates nothing."""
    if given := environment.get(VARIABLE, "").strip():
        return Secret(_validated(given, VARIABLE))
    file = private / FILE
    try:
        return Secret(_validated(file.read_text(encoding="ascii", errors="replace").strip(), str(file)))
    except FileNotFoundError:
        return None
    except OSError as error:
        msg = f"cannot read the secret in {file}: {error.strerror}; check the file's permissions, or set {VARIABLE}"
        raise BriefingError(msg) from error


def write_secret(file: Path, text: str) -> None:
    """Write a secret durably to a new file that only its owner can read. Raises OSError, including FileExistsError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
        new.write(f"{text}\n")
        new.flush()
        os.fsync(new.fileno())


def fault_of(text: str) -> str:
    """Return why a text is not a valid secret; "" if it is."""
    if len(text) < _MIN_LENGTH:
        return f"has {len(text)} characters, but a secret needs at least {_MIN_LENGTH}"
    if len(text) > _MAX_LENGTH:
        return f"has more than {_MAX_LENGTH} characters"
    if not (text.isascii() and text.isprintable()) or text != text.strip():
        return "contains a space or a character that is not printable ASCII"
    return ""


def _validated(text: str, where: str) -> str:
    if fault := fault_of(text):
        msg = f"{where} {fault}; create a new one with: openssl rand -hex 32"
        raise BriefingError(msg)
    return text
