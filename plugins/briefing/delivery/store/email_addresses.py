"""Parses readers' addresses, and normalises them so that different spellings of one mailbox are equal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NoReturn

from briefing.digest.headers import ascii_host, fault_of_local
from briefing.errors import BriefingError

_MAX_LENGTH: Final = 254  # RFC 5321, section 4.5.3.1.3, without the angle brackets
_MAX_LOCAL_PART: Final = 64  # section 4.5.3.1.1
_COMMON = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+){0,8}@(?:[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?\.){1,8}[a-z]{2,24}")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
# U+200C and U+200D are allowed, because some scripts need them: IDNA says where they may appear in a domain.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_EXAMPLE: Final = "enter an address such as reader@example.org"
_PLAIN: Final = "ask the reader for a plain address"


class InvalidAddressError(BriefingError):
    """An address cannot receive mail. `what` completes "the address ..." and never repeats it; `hint` says what to do."""

    def __init__(self, what: str, hint: str) -> None:
        """Keep both apart; as text they are one line."""
        super().__init__(f"{what}; {hint}")
        self.what, self.hint = what, hint


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """address: as sent to mail servers, its domain in lower-case IDNA. key: the same for all spellings of one mailbox."""

    address: str
    key: str

    @property
    def domain(self) -> str:
        """The part after the @."""
        return self.address.rpartition("@")[2]


def parse_address(text: str) -> EmailAddress:
    """Parse a reader's address (RFC 5321, section 4.1.2); surrounding spaces are ignored.

    Addresses that differ only in case are one mailbox, because no large provider distinguishes them. Raises
    InvalidAddressError for an invalid address, and for one that some mail servers refuse: quoted local parts, address
    literals, and non-ASCII letters before the @, which need SMTPUTF8.
    """
    address = text.strip(" \t")
    if _COMMON.fullmatch(address) and len(address) <= _MAX_LENGTH and address.index("@") <= _MAX_LOCAL_PART:
        return EmailAddress(address, address)
    _require_one_line(address)
    local, at, host = address.rpartition("@")
    if not at or not host or not local:
        _refuse("has no @ between two parts", _EXAMPLE)
    if local.startswith('"') or '"' in address:
        _refuse("contains quotes, which many mail servers refuse", _PLAIN)
    if "@" in local:
        _refuse("contains more than one @", "enter a single address")
    if fault := fault_of_local(local):
        _refuse(fault, _PLAIN)
    domain = _domain(host)
    return EmailAddress(f"{local}@{domain}", f"{local.lower()}@{domain}")


def mask_address(address: str) -> str:
    """The address in a form that only its owner recognises: `a***@e***.org`."""
    local, _, domain = address.rpartition("@")
    name, _, ending = domain.rpartition(".")
    return f"{local[:1]}***@{name[:1]}***.{ending}"


def redact_addresses(text: str) -> str:
    """Replace each word that may be an address with three dots."""
    return re.sub(r"\S+@\S+", "...", text)


def _require_one_line(address: str) -> None:
    if not address:
        _refuse("is empty", _EXAMPLE)
    if _INVISIBLE.search(address):
        _refuse("contains a line break or an invisible character", "write it on one line")
    if len(address) > _MAX_LENGTH:
        _refuse(f"has {len(address)} characters, and the maximum is {_MAX_LENGTH}", "check it for typing errors")


def _refuse(what: str, hint: str) -> NoReturn:
    raise InvalidAddressError(what, hint)


def _domain(host: str) -> str:
    if host.startswith("["):
        _refuse("contains an IP address instead of a domain", "enter an address with a domain")
    try:
        domain = ascii_host(host)
    except BriefingError:
        domain = ""
    labels = domain.split(".")
    if len(labels) == 1 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        _refuse("has no valid domain after the @", _EXAMPLE)
    return domain
