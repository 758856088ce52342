"""Follows an SPF record through its includes: the number of lookups, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from briefing.delivery.doctor.dns_records import exchanges, question
from briefing.delivery.doctor.spf import LOOKUPS, SpfPolicy, policies, read_policy

if TYPE_CHECKING:
    from briefing.delivery.doctor.dns_records import DnsQuestion, Records
    from briefing.delivery.doctor.spf import Term

_ENDLESS: Final = 40  # lookups after which counting stops
_COSTS: Final = frozenset({"include", "a", "mx", "ptr", "exists"})


@dataclass(slots=True)
class SpfLookups:
    """What was found in a record and its includes.

    unanswered: questions that must be answered to continue. macros: terms with macros, which are not followed.
    """

    lookups: int = 0
    void_lookups: int = 0
    faults: list[str] = field(default_factory=list)
    macros: list[str] = field(default_factory=list)
    unanswered: set[DnsQuestion] = field(default_factory=set)
    has_ptr: bool = False


def survey(domain: str, records: Records) -> SpfLookups:
    """Everything that a receiver may look up for a domain, and what is wrong with it."""
    seen = SpfLookups()
    _walk(domain, records, seen, ())
    return seen


def _walk(domain: str, records: Records, seen: SpfLookups, above: tuple[str, ...]) -> None:
    policy = policy_of(domain, records, seen)
    if policy is None:
        return
    for term in policy.terms:
        seen.has_ptr = seen.has_ptr or term.name == "ptr"
        seen.lookups += term.name in _COSTS
        _follow(term, domain, records, seen, above)
    if policy.redirect:
        seen.lookups += 1
        _descend(policy.redirect, records, seen, (*above, domain))


def policy_of(domain: str, records: Records, seen: SpfLookups) -> SpfPolicy | None:
    """The single usable record of a domain; None, with a fault, if there is none."""
    answer = records.get(domain, "TXT")
    if answer is None:
        seen.unanswered.add(question(domain, "TXT"))
        return None
    found = policies(answer.values)
    fault = answer.fault and f"the DNS of {domain} does not respond ({answer.fault})"
    if not fault and len(found) != 1:
        fault = f"{domain} has {len(found) or 'no'} SPF record{'' if len(found) == 1 else 's'}"
    policy = SpfPolicy(fault=fault) if fault else read_policy(found[0])
    if policy.fault:
        seen.faults.append(policy.fault if fault else f"{domain}: {policy.fault}")
        return None
    return policy


def _follow(term: Term, domain: str, records: Records, seen: SpfLookups, above: tuple[str, ...]) -> None:
    target = term.value or domain
    if "%" in target:
        seen.macros.append(f"{term.name}:{target}")
    elif term.name == "include":
        _descend(target, records, seen, (*above, domain))
    elif term.name in {"a", "exists"}:
        _need_addresses(target, records, seen, counts=True)
    elif term.name == "mx":
        answer = records.get(target, "MX")
        if answer is None:
            seen.unanswered.add(question(target, "MX"))
            return
        hosts = exchanges(answer.values)
        seen.void_lookups += not hosts
        if len(hosts) > LOOKUPS:
            seen.faults.append(f"{target} has {len(hosts)} mail servers, and SPF uses only {LOOKUPS}")
        for host in hosts[:LOOKUPS]:
            _need_addresses(host, records, seen, counts=False)


def _descend(target: str, records: Records, seen: SpfLookups, above: tuple[str, ...]) -> None:
    if "%" in target:
        seen.macros.append(target)
    elif target.lower() in above:
        seen.faults.append(f"{target} includes itself")
    elif seen.lookups <= _ENDLESS:
        _walk(target.lower(), records, seen, above)


def _need_addresses(host: str, records: Records, seen: SpfLookups, *, counts: bool) -> None:
    needed = {question(host, kind) for kind in ("A", "AAAA")}
    answers = [records.get(*one) for one in needed]
    seen.unanswered |= {one for one in needed if records.get(*one) is None}
    seen.void_lookups += counts and not any(one is None or one.fault or one.values for one in answers)
