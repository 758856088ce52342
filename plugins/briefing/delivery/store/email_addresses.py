"""A reader's address as given -> as it travels, and the form by which two of them are one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NoReturn

from briefing.digest.headers import ascii_host, fault_of_local
from briefing.errors import BriefingError

_LONGEST: Final = 254  # RFC 5321, section 4.5.3.1.3, without the angle brackets
_LOCAL_PART: Final = 64  # section 4.5.3.1.1
_USUAL = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+){0,8}@(?:[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?\.){1,8}[a-z]{2,24}")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
# But not U+200C and U+200D, which some scripts need: IDNA says where in a domain they may stand.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


class MailboxError(BriefingError):
    """Why an address cannot be mailed. The reason never repeats the address."""


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """address: as it travels, its domain lower-case in IDNA. key: the same for all spellings of one mailbox."""

    address: str
    key: str

    @property
    def domain(self) -> str:
        """The part behind the @."""
        return self.address.rpartition("@")[2]


def read_mailbox(text: str) -> EmailAddress:
    """A reader's address (RFC 5321, section 4.1.2), spaces around it left out.

    Two addresses are one mailbox where they differ in case only: no large provider tells them apart. Raises
    MailboxError for what is no address, and for what not every mail server takes: quoted local parts, literals, and
    letters before the @ that need SMTPUTF8.
    """
    address = text.strip(" \t")
    if _USUAL.fullmatch(address) and len(address) <= _LONGEST and address.index("@") <= _LOCAL_PART:
        return EmailAddress(address, address)
    _require_one_line(address)
    local, at, host = address.rpartition("@")
    if not at or not host or not local:
        _refuse("has no @ between two parts; give an address such as reader@example.org")
    if local.startswith('"') or '"' in address:
        _refuse("has quotes, which many mail servers refuse; ask the reader for a plain address")
    if "@" in local:
        _refuse("has more than one @; give one address")
    if fault := fault_of_local(local):
        _refuse(f"{fault}; ask the reader for a plain address")
    domain = _domain(host)
    return EmailAddress(f"{local}@{domain}", f"{local.lower()}@{domain}")


def masked(address: str) -> str:
    """The address as its owner knows it again and nobody else learns it: `a***@e***.org`."""
    local, _, domain = address.rpartition("@")
    name, _, ending = domain.rpartition(".")
    return f"{local[:1]}***@{name[:1]}***.{ending}"


def without_addresses(text: str) -> str:
    """What others said, with dots for each word that may be an address."""
    return re.sub(r"\S+@\S+", "...", text)


def _require_one_line(address: str) -> None:
    if not address:
        _refuse("is empty; give an address such as reader@example.org")
    if _HIDDEN.search(address):
        _refuse("holds a line break or an invisible character; write it on one line")
    if len(address) > _LONGEST:
        _refuse(f"has {len(address)} characters; an address has at most {_LONGEST}")


def _refuse(reason: str) -> NoReturn:
    raise MailboxError(reason)


def _domain(host: str) -> str:
    if host.startswith("["):
        _refuse("names a machine by its number; give an address with a domain")
    try:
        domain = ascii_host(host)
    except BriefingError:
        domain = ""
    labels = domain.split(".")
    if len(labels) == 1 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        _refuse("has no domain after the @ that can exist")
    return domain
