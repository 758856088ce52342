"""Evaluates SPF: whether mail from an IP address passes (RFC 7208, section 4.6)."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from briefing.delivery.doctor.dns_records import exchanges
from briefing.delivery.doctor.spf import LOOKUPS
from briefing.delivery.doctor.spf_lookups import SpfLookups, policy_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from briefing.delivery.doctor.dns_records import Address, Records
    from briefing.delivery.doctor.spf import Term


def passes(domain: str, address: Address, records: Records) -> bool:
    """Whether mail from an IP address passes, as far as is known."""
    return _qualifier(domain, address, records, ()) == "+"


def ending(domain: str, records: Records) -> str:
    """The qualifier of the final `all` of a domain's record or its redirect; "" if there is none."""
    for _ in range(LOOKUPS):
        policy = policy_of(domain, records, SpfLookups())
        if policy is None or not policy.redirect:
            return policy.ending if policy else ""
        domain = policy.redirect.lower()
    return ""


def _qualifier(domain: str, address: Address, records: Records, above: tuple[str, ...]) -> str:
    """The qualifier of the first term that matches; "?" for none, "" if the record cannot be used."""
    policy = policy_of(domain, records, SpfLookups())
    if policy is None or domain in above or len(above) > LOOKUPS:
        return ""
    for term in policy.terms:
        if _matches(term, domain, address, records, above):
            return term.qualifier
    if policy.redirect:
        return _qualifier(policy.redirect.lower(), address, records, (*above, domain))
    return "?"


def _matches(term: Term, domain: str, address: Address, records: Records, above: tuple[str, ...]) -> bool:
    target = term.value or domain
    if term.name == "all":
        return True
    if term.name in {"ip4", "ip6"}:
        return term.network is not None and address in term.network
    if term.name == "include":
        return _qualifier(target.lower(), address, records, (*above, domain)) == "+"
    if term.name == "a":
        return _is_among([target], term, address, records)
    if term.name == "mx":
        return _is_among(exchanges(records.values(target, "MX")), term, address, records)
    return term.name == "exists" and bool(records.values(target, "A"))


def _is_among(hosts: Sequence[str], term: Term, address: Address, records: Records) -> bool:
    four, _, six = term.mask.partition("//")
    length = (four.removeprefix("/") or "32") if address.version == 4 else (six or "128")  # noqa: PLR2004 - IPv4
    return any(
        address in ipaddress.ip_network(f"{one}/{length}", strict=False)
        for host in hosts
        for one in records.addresses(host)
        if one.version == address.version and int(length) <= one.max_prefixlen
    )
