"""DNS questions and answers, and records as in a zone file."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
DnsQuestion = tuple[str, str]
"""A name without the last dot, in lower case, and a record's type."""

_STRING: Final = 255  # octets of one string of a TXT record (RFC 1035, section 3.3)
_OWN: Final = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """The records of one question as text, with the strings of each TXT record joined. fault: why there was no answer."""

    values: tuple[str, ...] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Records:
    """Every answer."""

    known: dict[DnsQuestion, DnsAnswer] = field(default_factory=dict)

    def get(self, name: str, kind: str) -> DnsAnswer | None:
        """The answer to a question; None if it was not asked."""
        return self.known.get(question(name, kind))

    def values(self, name: str, kind: str) -> tuple[str, ...]:
        """The records of a name; empty if there are none, or if it was not asked."""
        answer = self.get(name, kind)
        return answer.values if answer else ()

    def addresses(self, name: str) -> tuple[Address, ...]:
        """The IP addresses of a host, which can be an IP address itself."""
        if literal := as_address(name):
            return (literal,)
        texts = (*self.values(name, "A"), *self.values(name, "AAAA"))
        return tuple(ipaddress.ip_address(text) for text in texts)


def question(name: str, kind: str) -> DnsQuestion:
    """A question in normal form."""
    return name.rstrip(".").lower(), kind


def as_address(text: str) -> Address | None:
    """An IP address, with or without brackets; None if it is not valid."""
    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None


def is_inside(address: Address) -> bool:
    """Whether an address belongs to this machine or its network, so that no receiver sees it."""
    return address.is_loopback or address.is_link_local or any(address in network for network in _OWN)


def exchanges(values: Iterable[str]) -> list[str]:
    """The hosts of MX records, without the `.` of domains that accept no mail (RFC 7505)."""
    hosts = (value.split()[-1].rstrip(".") for value in values)
    return [host for host in hosts if host]


def parents(domain: str) -> Iterator[str]:
    """The parents of a domain, up to the top level."""
    while "." in domain:
        domain = domain.partition(".")[2]
        yield domain


def tags(record: str) -> dict[str, str]:
    """A tag list, `name=value` separated by semicolons (RFC 6376, section 3.2). Names in lower case; the first counts."""
    pairs = (part.partition("=") for part in record.split(";") if "=" in part)
    found: dict[str, str] = {}
    for name, _, value in pairs:
        found.setdefault(name.strip().lower(), value.strip())
    return found


def in_zone(name: str, kind: str, value: str) -> str:
    """A record as in a zone file. Long texts are split into several strings."""
    if kind == "TXT":
        pieces = re.findall(rf".{{1,{_STRING}}}", value)
        value = " ".join(f'"{piece}"' for piece in pieces)
    return f"{name}. {kind} {value}"
