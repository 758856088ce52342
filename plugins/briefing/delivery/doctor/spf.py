"""SPF (RFC 7208): what a record is made of, what it costs to look it up, and whether it covers an address."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from briefing.delivery.doctor.records import question

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from briefing.delivery.doctor.records import Address, Question, Records

LOOKUPS: Final = 10  # section 4.6.4
VOIDS: Final = 2
_ENDLESS: Final = 40  # lookups after which nobody counts on
_MARK: Final = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
_TERM: Final = re.compile(r"([+~?-]?)([a-z][a-z0-9_.-]*)(?::(\S+?))?((?:/\d{1,3})?(?://\d{1,3})?)", re.IGNORECASE)
_MODIFIER: Final = re.compile(r"([a-z][a-z0-9_.-]*)=(.*)", re.IGNORECASE)
_COSTS: Final = frozenset({"include", "a", "mx", "ptr", "exists"})
_NAMED: Final = frozenset({"include", "exists"})


@dataclass(frozen=True, slots=True)
class Term:
    """A mechanism. `value`: its domain or network, "" for the record's own domain; `mask`: its prefix lengths."""

    qualifier: str
    name: str
    value: str = ""
    mask: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """One record, read. `fault`: why it is none that a receiver can use."""

    terms: tuple[Term, ...] = ()
    redirect: str = ""
    fault: str = ""

    @property
    def ending(self) -> str:
        """The qualifier of `all`; "" without it."""
        return next((term.qualifier for term in self.terms if term.name == "all"), "")


@dataclass(slots=True)
class Survey:
    """What was seen on the way through a record and all that it includes.

    missing: questions that must be answered before more can be said. unseen: terms with macros, which nobody follows
    here.
    """

    lookups: int = 0
    voids: int = 0
    faults: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    missing: set[Question] = field(default_factory=set)
    has_ptr: bool = False


def policies(texts: Sequence[str]) -> list[str]:
    """Those of a domain's TXT records that are SPF (section 4.5)."""
    return [text for text in texts if _MARK.match(text)]


def read_policy(record: str) -> Policy:
    """The terms of a record that begins with `v=spf1` (section 4.6)."""
    terms: list[Term] = []
    redirect = ""
    for word in record.split()[1:]:
        modifier = _MODIFIER.fullmatch(word)
        if modifier:
            redirect = modifier[2] if modifier[1].lower() == "redirect" else redirect
            continue
        match = _TERM.fullmatch(word)
        term = Term(match[1] or "+", match[2].lower(), match[3] or "", match[4]) if match else None
        if term is None or not _is_sound(term):
            return Policy(fault=f"`{word}` is no term of SPF")
        terms.append(term)
    return Policy(tuple(terms), redirect if not any(term.name == "all" for term in terms) else "")


def survey(domain: str, records: Records) -> Survey:
    """Everything that a receiver may have to look up for a domain, and what is wrong with it."""
    seen = Survey()
    _walk(domain, records, seen, ())
    return seen


def passes(domain: str, address: Address, records: Records) -> bool:
    """Whether mail from an address passes (section 4.6), as far as is known."""
    return _qualifier(domain, address, records, ()) == "+"


def ending(domain: str, records: Records) -> str:
    """The qualifier of the `all` with which a domain's record ends, or that to which it redirects; "" for none."""
    for _ in range(LOOKUPS):
        policy = _policy(domain, records, Survey())
        if policy is None or not policy.redirect:
            return policy.ending if policy else ""
        domain = policy.redirect.lower()
    return ""


def covering(record: str, mechanism: str) -> str:
    """A record with one more mechanism before its end."""
    words = record.split()
    place = next(
        (place for place, word in enumerate(words) if re.fullmatch(r"[+~?-]?all|redirect=.*", word, re.IGNORECASE)),
        len(words),
    )
    return " ".join([*words[:place], mechanism, *words[place:]])


def _is_sound(term: Term) -> bool:
    if term.name in {"ip4", "ip6"}:
        return _network(term) is not None
    if term.name in _NAMED:
        return bool(term.value) and not term.mask
    if term.name == "all":
        return not term.value and not term.mask
    return term.name in {"a", "mx"} or (term.name == "ptr" and not term.mask)


def _network(term: Term) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        network = ipaddress.ip_network(f"{term.value}{term.mask}", strict=False)
    except ValueError:
        return None
    return network if f"ip{network.version}" == term.name else None


def _walk(domain: str, records: Records, seen: Survey, above: tuple[str, ...]) -> None:
    policy = _policy(domain, records, seen)
    if policy is None:
        return
    for term in policy.terms:
        seen.has_ptr = seen.has_ptr or term.name == "ptr"
        seen.lookups += term.name in _COSTS
        _follow(term, domain, records, seen, above)
    if policy.redirect:
        seen.lookups += 1
        _descend(policy.redirect, records, seen, (*above, domain))


def _policy(domain: str, records: Records, seen: Survey) -> Policy | None:
    said = records.get(domain, "TXT")
    if said is None:
        seen.missing.add(question(domain, "TXT"))
        return None
    found = policies(said.values)
    fault = said.fault and f"the DNS of {domain} does not answer ({said.fault})"
    if not fault and len(found) != 1:
        fault = f"{domain} has {len(found) or 'no'} SPF record{'' if len(found) == 1 else 's'}"
    policy = Policy(fault=fault) if fault else read_policy(found[0])
    if policy.fault:
        seen.faults.append(policy.fault if fault else f"{domain}: {policy.fault}")
        return None
    return policy


def _follow(term: Term, domain: str, records: Records, seen: Survey, above: tuple[str, ...]) -> None:
    target = term.value or domain
    if "%" in target:
        seen.unseen.append(f"{term.name}:{target}")
    elif term.name == "include":
        _descend(target, records, seen, (*above, domain))
    elif term.name in {"a", "exists"}:
        _need_addresses(target, records, seen, counts=True)
    elif term.name == "mx":
        said = records.get(target, "MX")
        if said is None:
            seen.missing.add(question(target, "MX"))
            return
        hosts = list(_exchanges(said.values))
        seen.voids += not hosts
        if len(hosts) > LOOKUPS:
            seen.faults.append(f"{target} has {len(hosts)} mail servers, of which SPF looks at {LOOKUPS}")
        for host in hosts[:LOOKUPS]:
            _need_addresses(host, records, seen, counts=False)


def _descend(target: str, records: Records, seen: Survey, above: tuple[str, ...]) -> None:
    if "%" in target:
        seen.unseen.append(target)
    elif target.lower() in above:
        seen.faults.append(f"{target} includes itself")
    elif seen.lookups <= _ENDLESS:
        _walk(target.lower(), records, seen, above)


def _need_addresses(host: str, records: Records, seen: Survey, *, counts: bool) -> None:
    needed = {question(host, kind) for kind in ("A", "AAAA")}
    answers = [records.get(*one) for one in needed]
    seen.missing |= {one for one in needed if records.get(*one) is None}
    seen.voids += counts and not any(said is None or said.fault or said.values for said in answers)


def _exchanges(values: Sequence[str]) -> Iterator[str]:
    """The hosts of MX records."""
    yield from (value.split()[-1].rstrip(".") for value in values if value.split()[-1] != ".")


def _qualifier(domain: str, address: Address, records: Records, above: tuple[str, ...]) -> str:
    """The qualifier of the first term that matches; "?" for none, "" where the record cannot be used."""
    policy = _policy(domain, records, Survey())
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
        network = _network(term)
        return network is not None and address in network
    if term.name == "include":
        return _qualifier(target.lower(), address, records, (*above, domain)) == "+"
    if term.name == "a":
        return _is_among([target], term, address, records)
    if term.name == "mx":
        return _is_among(list(_exchanges(records.values(target, "MX"))), term, address, records)
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
