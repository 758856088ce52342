"""DNS queries: collects the answers for the checks."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from typing import TYPE_CHECKING, Final

import dns.asyncresolver
import dns.exception
import dns.nameserver
import dns.resolver
from dns.rdtypes.ANY.TXT import TXT

from briefing.delivery.doctor.dns_records import DnsAnswer, Records, as_address, question
from briefing.errors import BriefingError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dns.rdata import Rdata

    from briefing.delivery.doctor.dns_records import DnsQuestion

_WAIT: Final = 5.0  # seconds for one query, with retries
_ALIVE: Final = 3.0  # seconds in which a working resolver responds
_RESOLVER: Final = re.compile(r"\[([0-9a-fA-F:.]+)\](?::(\d+))?|([0-9.]+)(?::(\d+))?|([0-9a-fA-F:.]+)")
_PORT: Final = 53
_LARGEST: Final = 65_535


class ResolverError(BriefingError):
    """No resolver responds."""


class DnsClient:
    """Queries one resolver, each question once, and stores the answers."""

    def __init__(self, resolver: str) -> None:
        """`resolver`: ADDRESS or ADDRESS:PORT; "" for the machine's own. Raises WrongUseError, ResolverError."""
        self.records = Records()
        self._asked: dict[DnsQuestion, asyncio.Future[DnsAnswer]] = {}
        self._resolver = _resolver(resolver)
        self._resolver.lifetime = _WAIT
        self._named = resolver or ", ".join(map(str, self._resolver.nameservers))

    async def require_answers(self) -> None:
        """Raise ResolverError if the resolver does not respond at all."""
        try:
            await self._resolver.resolve(".", "NS", lifetime=_ALIVE, search=False)
        except dns.exception.Timeout as error:
            msg = f"the resolver {self._named} does not respond"
            raise ResolverError(msg) from error
        except dns.exception.DNSException:  # it responds, though not to this query
            return

    async def query(self, questions: Iterable[DnsQuestion]) -> None:
        """Query what was not queried before, concurrently; then `records` has the answers."""
        wanted = {question(*given) for given in questions}
        for one in wanted - set(self._asked):
            self._asked[one] = asyncio.ensure_future(self._look(*one))
        answers = await asyncio.gather(*(self._asked[one] for one in wanted))
        self.records.known.update(zip(wanted, answers, strict=True))

    async def query_addresses(self, hosts: Iterable[str]) -> None:
        """Query the IP addresses of hosts that are not IP addresses themselves."""
        await self.query((host, kind) for host in hosts if not as_address(host) for kind in ("A", "AAAA"))

    async def _look(self, name: str, kind: str) -> DnsAnswer:
        try:
            answer = await self._resolver.resolve(f"{name}.", kind, raise_on_no_answer=False, search=False)
        except dns.resolver.NXDOMAIN:
            return DnsAnswer()
        except dns.exception.Timeout:
            return DnsAnswer(fault="no answer in time")
        except dns.resolver.NoNameservers:
            return DnsAnswer(fault="the resolver refuses or fails")
        except (dns.exception.DNSException, UnicodeError) as error:
            return DnsAnswer(fault=str(error))
        return DnsAnswer(tuple(sorted(map(_text, answer.rrset or ()))))


def _text(record: Rdata) -> str:
    if isinstance(record, TXT):
        return b"".join(record.strings).decode(errors="replace")
    return record.to_text()


def _resolver(address: str) -> dns.asyncresolver.Resolver:
    if not address:
        try:
            return dns.asyncresolver.Resolver()
        except dns.resolver.NoResolverConfiguration as error:
            msg = "this machine names no resolver"
            raise ResolverError(msg) from error
    found = _RESOLVER.fullmatch(address)
    host, port = _parts(found) if found else ("", _PORT)
    try:
        ipaddress.ip_address(host)
    except ValueError:
        port = 0
    if not 0 < port <= _LARGEST:
        msg = f"--resolver: `{address}` is not a valid resolver address; use an IP address such as 192.0.2.53, or [2001:db8::53]:5353"
        raise WrongUseError(msg)
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = [dns.nameserver.Do53Nameserver(host, port)]
    return resolver


def _parts(found: re.Match[str]) -> tuple[str, int]:
    host = found[1] or found[3] or found[5]
    return host, int(found[2] or found[4] or _PORT)
