"""The keys that sign a publication's messages, and their DNS records."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from briefing.digest.headers import ascii_host, bare_address
from briefing.digest.signing import Signer
from briefing.errors import BriefingError
from briefing.settings.sending import is_aligned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from briefing.settings import Settings

RSA_KEY: Final = "BRIEFING_DKIM_KEY"
ED25519_KEY: Final = "BRIEFING_DKIM_ED25519_KEY"
_BITS: Final = 2048  # RFC 8301, section 3.2: the minimum for signers


def read_signer(settings: Settings, environment: Mapping[str, str]) -> Signer | None:
    """The signer from `email.dkim` and the keys that the environment names; None if no selector is set.

    Raises BriefingError if a key is missing, of another kind or too short, or if the domain is not the sender's.
    """
    email = settings.options.email
    if not email.dkim.selector:
        if email.dkim.ed25519_selector:
            msg = 'an Ed25519 key signs in addition to an RSA key: set BRIEFING["email"]["dkim"]["selector"] too'
            raise BriefingError(msg)
        return None
    sender = bare_address("From", email.sender).rpartition("@")[2]
    domain = ascii_host(email.dkim.domain) if email.dkim.domain else sender
    if not is_aligned(sender, domain):
        msg = f"email.dkim.domain: {domain} cannot sign for a sender at {sender} (DMARC); use one domain for both"
        raise BriefingError(msg)
    rsa = _key(RSA_KEY, environment)
    if not isinstance(rsa, RSAPrivateKey) or rsa.key_size < _BITS:
        found = f"is an RSA key of {rsa.key_size} bits" if isinstance(rsa, RSAPrivateKey) else "is not a valid RSA key"
        msg = f"{RSA_KEY} {found}; make one of at least {_BITS} bits: openssl genrsa -out dkim.pem {_BITS}"
        raise BriefingError(msg)
    if not email.dkim.ed25519_selector:
        return Signer(domain, email.dkim.selector, rsa)
    ed25519 = _key(ED25519_KEY, environment)
    if not isinstance(ed25519, Ed25519PrivateKey):
        msg = f"{ED25519_KEY} is not a valid Ed25519 key; make one: openssl genpkey -algorithm ed25519 -out dkim-ed25519.pem"
        raise BriefingError(msg)
    return Signer(domain, email.dkim.selector, rsa, email.dkim.ed25519_selector, ed25519)


def dns_records(signer: Signer) -> dict[str, str]:
    """The TXT records by which receivers verify the signatures (RFC 6376, section 3.6.1; RFC 8463, section 4)."""
    public = signer.rsa.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    records = {f"{signer.selector}._domainkey.{signer.domain}": f"v=DKIM1; k=rsa; p={b64encode(public).decode()}"}
    if signer.ed25519:
        raw = b64encode(signer.ed25519.public_key().public_bytes_raw()).decode()
        records[f"{signer.ed25519_selector}._domainkey.{signer.domain}"] = f"v=DKIM1; k=ed25519; p={raw}"
    return records


def _key(name: str, environment: Mapping[str, str]) -> PrivateKeyTypes:
    """The private key in a variable that contains a file name or PEM text. It is never shown."""
    value = environment.get(name, "").strip()
    if not value:
        msg = f"signing the digest needs a private key: set {name} to its file name or its PEM text"
        raise BriefingError(msg)
    is_text = value.startswith("-----BEGIN")
    try:
        pem = value.replace("\\n", "\n").encode() if is_text else Path(value).expanduser().read_bytes()
    except OSError as error:
        msg = f"{name}: cannot read {value}: {error.strerror}"
        raise BriefingError(msg) from error
    try:
        return load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        msg = f"{name} contains no PEM private key without a passphrase"
        raise BriefingError(msg) from error
