"""Identifiers of one reader's message: Message-ID, return path and unsubscribe address."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from briefing.digest.headers import ascii_host, bare_address
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from briefing.settings import Settings

_KEY: Final = 16  # bytes: 128 bits
_TOKEN = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_LOCAL_PART: Final = 64  # RFC 5321, section 4.5.3.1.1


def reader_message_id(key: bytes, issue: str, subscriber: str, host: str) -> str:
    """The Message-ID of an issue for one reader: the same for every attempt, without information about the reader.

    `key` is secret and 16 to 64 bytes long; `subscriber` is the reader's identifier. Keyed BLAKE2b (RFC 7693).
    """
    if len(key) < _KEY:
        msg = f"the key for Message-IDs has {len(key)} bytes; it needs at least {_KEY}"
        raise BriefingError(msg)
    named = f"{len(issue)}:{issue}:{subscriber}".encode()
    return f"<{hashlib.blake2b(named, key=key, digest_size=20).hexdigest()}@{ascii_host(host)}>"


def proof_message_id(host: str) -> str:
    """The Message-ID of a proof: a new one each time, so that no mail program hides it as a duplicate."""
    return f"<proof-{secrets.token_hex(16)}@{ascii_host(host)}>"


def return_path(token: str, settings: Settings) -> str:
    """The envelope sender of one message, so that a bounce identifies its reader: `bounces+TOKEN@example.org` (VERP).

    The token consists of lower-case letters, digits, `.` and `-`, since servers may change the case of an address.
    Raises BriefingError without `email.bounce_address`, or if the token is not valid or the address gets too long.
    """
    return _tagged("bounce_address", settings.options.email.bounce_address, token)


def mailto_unsubscribe(token: str, settings: Settings) -> str:
    """The link that unsubscribes one reader by mail: `mailto:leave+TOKEN@example.org?subject=unsubscribe`.

    Raises BriefingError without `email.unsubscribe_address`, and as `return_path` does.
    """
    return mail_url(_tagged("unsubscribe_address", settings.options.email.unsubscribe_address, token), "unsubscribe")


def ascii_url(url: str) -> str:
    """A web address in ASCII (RFC 3986): the host in IDNA, the rest percent-encoded where needed."""
    parts = urlsplit(url)
    host = ascii_host(parts.hostname or "")
    port = f":{parts.port}" if parts.port else ""
    query = f"?{quote(parts.query, safe=_SAFE)}" if parts.query else ""
    return f"{parts.scheme}://{host}{port}{quote(parts.path, safe=_SAFE)}{query}"


def mail_url(address: str, subject: str) -> str:
    """A `mailto:` address (RFC 6068) with a subject. `+` is not encoded: some mail programs do not decode it."""
    return f"mailto:{quote(address, safe='@+')}?subject={quote(subject)}"


def _tagged(setting: str, address: str, token: str) -> str:
    if not address:
        msg = f'no address for readers\' mail: set BRIEFING["email"]["{setting}"] in pelicanconf.py'
        raise BriefingError(msg)
    local, _, host = bare_address(setting, address).rpartition("@")
    if not _TOKEN.fullmatch(token):
        msg = f"{token!r} is not allowed in an address; use lower-case letters, digits, `.` and `-`"
        raise BriefingError(msg)
    if len(local) + 1 + len(token) > _LOCAL_PART:
        msg = f"`{local}+{token}` has more than {_LOCAL_PART} characters before the @; shorten {setting}"
        raise BriefingError(msg)
    return f"{local}+{token}@{host}"


_SAFE: Final = "/%&=+:@~-._"
