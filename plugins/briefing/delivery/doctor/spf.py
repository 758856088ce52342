"""SPF (RFC 7208): parses records."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOKUPS: Final = 10  # section 4.6.4
VOID_LOOKUPS: Final = 2
_MARK: Final = re.compile(r"v=spf1(?: |$)", re.IGNORECASE)
_TERM: Final = re.compile(r"([+~?-]?)([a-z][a-z0-9_.-]*)(?::(\S+?))?((?:/\d{1,3})?(?://\d{1,3})?)", re.IGNORECASE)
_MODIFIER: Final = re.compile(r"([a-z][a-z0-9_.-]*)=(.*)", re.IGNORECASE)
_NAMED: Final = frozenset({"include", "exists"})


@dataclass(frozen=True, slots=True)
class Term:
    """A mechanism. `value`: its domain or network, "" for the record's own domain; `mask`: its prefix lengths."""

    qualifier: str
    name: str
    value: str = ""
    mask: str = ""

    @property
    def network(self) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
        """The network of `ip4` or `ip6`; None for other terms, or if it is not valid."""
        try:
            network = ipaddress.ip_network(f"{self.value}{self.mask}", strict=False)
        except ValueError:
            return None
        return network if f"ip{network.version}" == self.name else None


@dataclass(frozen=True, slots=True)
class SpfPolicy:
    """A parsed record. fault: why receivers cannot use it."""

    terms: tuple[Term, ...] = ()
    redirect: str = ""
    fault: str = ""

    @property
    def ending(self) -> str:
        """The qualifier of `all`; "" if there is none."""
        return next((term.qualifier for term in self.terms if term.name == "all"), "")


def policies(texts: Sequence[str]) -> list[str]:
    """The SPF records among a domain's TXT records (section 4.5)."""
    return [text for text in texts if _MARK.match(text)]


def read_policy(record: str) -> SpfPolicy:
    """Parse a record that starts with `v=spf1` (section 4.6)."""
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
            return SpfPolicy(fault=f"`{word}` is not a valid SPF term")
        terms.append(term)
    return SpfPolicy(tuple(terms), redirect if not any(term.name == "all" for term in terms) else "")


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
        return term.network is not None
    if term.name in _NAMED:
        return bool(term.value) and not term.mask
    if term.name == "all":
        return not term.value and not term.mask
    return term.name in {"a", "mx"} or (term.name == "ptr" and not term.mask)
