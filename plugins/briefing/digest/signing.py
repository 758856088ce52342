"""DKIM signatures (RFC 6376), relaxed/relaxed. The part that all readers share is canonicalized once.

The same key, template and values give the same signature: it contains no time and does not expire.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from briefing.digest.message_template import encode_values

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from briefing.content.model import MessageTemplate

# Signed once more than they occur, so that nobody can add another (RFC 6376, section 8.15).
_ALONE: Final = (
    *("From", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"),
    *("List-Unsubscribe", "List-Unsubscribe-Post"),
)
_ONCE: Final = ("List-Id", "List-Archive", "List-Help", "List-Post", "Feedback-ID")
_PLACEHOLDER: Final = re.compile(rb"\0(\d+)\0")  # no NUL can be in a message
_SPACES: Final = re.compile(rb"[ \t\r\n]+")
_COLUMNS: Final = 72
_PADDING: Final = PKCS1v15()
_HASH: Final = SHA256()


@dataclass(frozen=True, slots=True)
class Signer:
    """A domain, and its keys with their selectors, under which the DNS has the public keys."""

    domain: str
    selector: str
    rsa: RSAPrivateKey
    ed25519_selector: str = ""
    ed25519: Ed25519PrivateKey | None = None


@dataclass(frozen=True, slots=True)
class Signing:
    """a MessageTemplate made ready for one signer.

    headers, body: the signed parts in canonical form, with each placeholder as its number.
    openings: each signature's header up to the body hash, as it is sent and in canonical form.
    """

    signer: Signer
    template: MessageTemplate
    headers: tuple[bytes | int, ...]
    body: tuple[bytes | int, ...]
    openings: tuple[tuple[bytes, bytes], ...]


def prepare(template: MessageTemplate, signer: Signer) -> Signing:
    """Do the work that is the same for every reader."""
    numbered = (b"\0%d\0" % number for number in range(len(template.placeholders)))
    whole = b"".join(part + next(numbered, b"") for part in template.parts)
    head, _, body = whole.partition(b"\r\n\r\n")
    headers = dict(_relaxed_header(line) for line in re.split(rb"\r\n(?![ \t])", head))
    names = [name for name in (*_ALONE, *_ONCE) if name.lower().encode() in headers]
    algorithms = [("rsa-sha256", signer.selector)]
    if signer.ed25519:
        algorithms.append(("ed25519-sha256", signer.ed25519_selector))
    return Signing(
        signer,
        template,
        headers=_numbers(b"".join(headers[name.lower().encode()] for name in names)),
        body=_numbers(_relaxed_body(body)),
        openings=tuple(_opening(algorithm, signer.domain, selector, names) for algorithm, selector in algorithms),
    )


def sign(signing: Signing, values: Mapping[str, str], trusted: Collection[str] = ()) -> bytes:
    """One reader's message, with its signatures first. Raises BriefingError as `fill` does."""
    placeholders = encode_values(signing.template, values, trusted)
    headers = b"".join(_SPACES.sub(b" ", placeholders[p]).strip() if isinstance(p, int) else p for p in signing.headers)
    body = b"".join(placeholders[p] if isinstance(p, int) else p for p in signing.body)
    body_hash = b64encode(hashlib.sha256(body).digest())
    filled = [part for pair in zip(signing.template.parts, (*placeholders, b""), strict=True) for part in pair]
    return b"".join([*_signatures(signing, headers, body_hash), *filled])


def _signatures(signing: Signing, headers: bytes, body_hash: bytes) -> Iterator[bytes]:
    keys = (signing.signer.rsa, signing.signer.ed25519)
    for (opening, canonical), key in zip(signing.openings, keys, strict=False):
        text = b64encode(_signature(key, b"%b%b%b; b=" % (headers, canonical, body_hash)))
        lines = b"\r\n  ".join(text[start : start + _COLUMNS] for start in range(0, len(text), _COLUMNS))
        yield b"%b%b;\r\n b=%b\r\n" % (opening, body_hash, lines)


def _signature(key: RSAPrivateKey | Ed25519PrivateKey | None, signed: bytes) -> bytes:
    if isinstance(key, RSAPrivateKey):
        return key.sign(signed, _PADDING, _HASH)
    return key.sign(hashlib.sha256(signed).digest()) if key else b""  # RFC 8463, section 3


def _opening(algorithm: str, domain: str, selector: str, present: Collection[str]) -> tuple[bytes, bytes]:
    named = [*(2 * [name] if name in present else [name] for name in _ALONE), *([n] for n in _ONCE if n in present)]
    lines = textwrap.wrap(": ".join(name for names in named for name in names), _COLUMNS, break_on_hyphens=False)
    signed = "\r\n  ".join(lines).replace(": ", ":")
    sent = (
        f"DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed;\r\n d={domain}; s={selector};\r\n h={signed};\r\n bh="
    ).encode("ascii")
    return sent, _relaxed_header(sent)[1].removesuffix(b"\r\n")


def _relaxed_header(header: bytes) -> tuple[bytes, bytes]:
    """The lower-case name, and the whole line (RFC 6376, section 3.4.2)."""
    name, _, value = header.partition(b":")
    name = name.strip().lower()
    return name, b"%b:%b\r\n" % (name, _SPACES.sub(b" ", value).strip())


def _relaxed_body(body: bytes) -> bytes:
    """RFC 6376, section 3.4.4."""
    lines = (re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n"))
    return b"\r\n".join(lines).rstrip(b"\r\n") + b"\r\n"


def _numbers(canonical: bytes) -> tuple[bytes | int, ...]:
    pieces: Sequence[bytes] = _PLACEHOLDER.split(canonical)
    return tuple(int(piece) if place % 2 else piece for place, piece in enumerate(pieces))
