"""The one secret of a publication, from which every key of tokens, Message-IDs and suppressions is made."""

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
_LEAST: Final = 32  # characters; of hexadecimal digits these are 128 bits
_MOST: Final = 1024


@dataclass(frozen=True, slots=True)
class Secret:
    """Its text is never shown. `made`: the file in which it has just been made, None where it was there."""

    text: str = field(repr=False)
    made: Path | None = None

    def key(self, purpose: str) -> bytes:
        """32 octets for one purpose, telling nothing about those for others."""
        return _key(self.text, purpose)

    def hidden(self, mailbox: str) -> str:
        """A mailbox's key as a hash that only this secret can make again: how suppressions know it."""
        return hmac.digest(self.key("mailbox"), mailbox.encode(), "sha256").hex()[:40]

    @property
    def mark(self) -> str:
        """By which a ledger knows whether it was made with this secret."""
        return hashlib.sha256(self.key("mark")).hexdigest()[:16]


@lru_cache(maxsize=64)  # a list asks for the same one with every row
def _key(text: str, purpose: str) -> bytes:
    return hmac.digest(text.encode(), f"briefing: {purpose}".encode(), "sha256")


def read_secret(private: Path, environment: Mapping[str, str]) -> Secret:
    """The secret of `BRIEFING_SECRET`, else of the file in the private folder, made there if there is none.

    Raises BriefingError if it is not fit to be one or cannot be read, and if a machine that forgets (`CI`) has none.
    """
    file = private / FILE
    try:
        if found := find_secret(private, environment):
            return found
        if environment.get("CI"):
            msg = f"this machine forgets (CI is set) and would make another secret each time: set {VARIABLE}"
            raise BriefingError(msg)
        text = secrets.token_hex(32)
        keep_secret(file, text)
    except FileExistsError:  # another process was faster
        return read_secret(private, environment)
    except OSError as error:
        msg = f"cannot keep the secret in {file}: {error.strerror}; make the folder yours, or set {VARIABLE}"
        raise BriefingError(msg) from error
    return Secret(text, made=file)


def find_secret(private: Path, environment: Mapping[str, str]) -> Secret | None:
    """The secret as `read_secret` finds it, None if there is none yet. Makes nothing."""
    if given := environment.get(VARIABLE, "").strip():
        return Secret(_fit(given, VARIABLE))
    file = private / FILE
    try:
        return Secret(_fit(file.read_text(encoding="ascii", errors="replace").strip(), str(file)))
    except FileNotFoundError:
        return None
    except OSError as error:
        msg = f"cannot read the secret in {file}: {error.strerror}; make the file yours, or set {VARIABLE}"
        raise BriefingError(msg) from error


def keep_secret(file: Path, text: str) -> None:
    """Write a secret durably into a new file that its owner alone can read. Raises OSError, FileExistsError too."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
        new.write(f"{text}\n")
        new.flush()
        os.fsync(new.fileno())


def fault_of(text: str) -> str:
    """Why a text cannot be a secret; "" if it can."""
    if len(text) < _LEAST:
        return f"has {len(text)} characters, too few for a secret"
    if len(text) > _MOST:
        return f"has more than {_MOST} characters, too many for a secret"
    if not (text.isascii() and text.isprintable()) or text != text.strip():
        return "has a character that a secret cannot have"
    return ""


def _fit(text: str, where: str) -> str:
    if fault := fault_of(text):
        msg = f"{where} {fault}; make one: openssl rand -hex 32"
        raise BriefingError(msg)
    return text
