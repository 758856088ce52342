"""Whether our own mail server has verified that a mail is from the domain of its sender (RFC 8601). Pure.

Anyone can write `Authentication-Results` into a mail. Only those that our server added count: they name it, and they are above
everything that came with the mail. A field that cannot be read verifies nothing.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from briefing.digest.headers import ascii_host
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.delivery.inbox.mail_parts import Fields

# Fields that mail servers add above a mail. Any other field came with it, or is below one that did.
_ADDED: Final = {"authentication-results", "delivered-to", "envelope-to", "received", "received-spf", "return-path"}
_ADDED_PREFIXES: Final = ("arc-", "x-")
# Google writes its results below its own `Received`, and removes all others that name it.
_BELOW_RECEIVED: Final = frozenset({"mx.google.com"})
_INTERNAL: Final = tuple(
    map(
        ipaddress.ip_network,
        ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10"),
    )
)
_LITERAL = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f:.]+)\]", re.IGNORECASE)
_LOCAL_DELIVERY = re.compile(r"\bwith (?:UTF8)?LMTPS?A?\b", re.IGNORECASE)
_BY = re.compile(r"(?:^|\s)by\s+(\S+)", re.IGNORECASE)

_COMMENT = re.compile(r"[()\\]")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)?")
_VERSION = re.compile(r"[0-9]+")
_VALUE = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^\s;()"\\])+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_MAX_LENGTH: Final = 4_000  # characters of a header; a longer one may be truncated


@dataclass(frozen=True, slots=True)
class Result:
    """One method's result: `dmarc`, `pass`, and its properties (`header.from`), names in lower case."""

    method: str
    result: str
    properties: tuple[tuple[str, str], ...] = ()

    def values(self, name: str) -> set[str]:
        """The values of a property, in lower case."""
        return {value.lower() for known, value in self.properties if known == name}


@dataclass(frozen=True, slots=True)
class Results:
    """One `Authentication-Results` field: the server that wrote it, in lower case, and what it found."""

    server: str
    results: tuple[Result, ...]


def is_confirmed(fields: Fields, trusted: frozenset[str], domain: str) -> bool:
    """Whether a trusted server verified that a mail is from a domain.

    By DMARC (RFC 7489), or if the domain has no DMARC policy, by DKIM or SPF of exactly this domain. A failure counts more than a
    pass.
    """
    found = [result for results in _trusted_results(fields, trusted) for result in results.results]
    dmarc = [result for result in found if result.method == "dmarc"]
    if any(result.result not in {"pass", "none"} for result in dmarc):
        return False
    passed = [result for result in found if result.result == "pass"]
    if dmarc and any(result.method == "dmarc" for result in passed):
        return all(_hosts(result.values("header.from")) == {domain} for result in dmarc)
    return any(_is_of(result, domain) for result in passed)


def _is_of(result: Result, domain: str) -> bool:
    if result.method == "dkim":
        return _hosts(result.values("header.d") or result.values("header.i")) == {domain}
    return result.method == "spf" and _hosts(result.values("smtp.mailfrom")) == {domain}


def _hosts(values: set[str]) -> set[str]:
    return {_host(value.rpartition("@")[2]) for value in values}


def _host(text: str) -> str:
    try:
        return ascii_host(text.rstrip("."))
    except BriefingError:
        return ""


def _trusted_results(fields: Fields, trusted: frozenset[str]) -> Iterator[Results]:
    """The results that trusted servers added, from the top down."""
    entered_at = ""
    for name, value in fields:
        if name == "received":
            if entered_at or not _is_internal(value):
                by = _BY.search(value)
                if entered_at or not by or by[1].lower() not in _BELOW_RECEIVED:
                    return
                entered_at = by[1].lower()
        elif name == "authentication-results":
            results = read_results(value)
            if results and results.server in trusted and entered_at in {"", results.server}:
                yield results
            if results and entered_at == results.server:
                return
        elif name not in _ADDED and not name.startswith(_ADDED_PREFIXES):
            return


def _is_internal(received: str) -> bool:
    """Whether a mail was passed within our own mail system, by the field that the receiving server wrote.

    A sender chooses its own name, so every IP address in brackets must belong to this machine or network.
    """
    by = _BY.search(received)
    start = received[: by.start()] if by else received
    if by and (not start.strip() or _LOCAL_DELIVERY.search(received[by.end() :])):
        return True
    addresses = _LITERAL.findall(start)
    try:
        return bool(addresses) and all(_is_internal_address(ipaddress.ip_address(one)) for one in addresses)
    except ValueError:
        return False


def _is_internal_address(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return any(address.version == network.version and address in network for network in _INTERNAL)


def read_results(value: str) -> Results | None:
    """Parse a field; None if it does not follow RFC 8601, section 2.2, or is too long."""
    if len(value) > _MAX_LENGTH:
        return None
    try:
        return _HeaderReader(value).read()
    except _UnreadableError:
        return None


class _UnreadableError(Exception):
    """The field is malformed."""


class _HeaderReader:
    """Reads one field from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._skip()

    def read(self) -> Results:
        server = _plain(self._take(_VALUE)).lower()
        if self._peek() not in {"", ";"}:
            self._take(_VERSION)
        found = []
        while self._peek():
            self._sign(";")
            if self._peek():  # some servers end with a semicolon
                found += self._result()
        return Results(server, tuple(found))

    def _result(self) -> list[Result]:
        method = self._take(_WORD).lower()
        if method == "none" and self._peek() in {"", ";"}:
            return []
        if self._peek() == "/":
            self._sign("/")
            self._take(_VERSION)
        self._sign("=")
        result = self._take(_WORD).lower()
        properties = []
        while self._peek() not in {"", ";"}:
            name = self._take(_NAME).lower()
            if self._peek() == ".":  # with spaces or comments around the dot
                self._sign(".")
                name = f"{name}.{self._take(_WORD).lower()}"
            self._sign("=")
            properties.append((name, _plain(self._take(_VALUE))))
        return [Result(method, result, tuple(properties))]

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _sign(self, sign: str) -> None:
        if self._peek() != sign:
            raise _UnreadableError
        self._at += 1
        self._skip()

    def _take(self, form: re.Pattern[str]) -> str:
        found = form.match(self._text, self._at)
        if not found:
            raise _UnreadableError
        self._at = found.end()
        self._skip()
        return found[0]

    def _skip(self) -> None:
        """Skip spaces and comments, which can be nested."""
        depth = 0
        while self._at < len(self._text):
            if not depth and self._text[self._at] != "(":
                if not self._text[self._at].isspace():
                    return
                self._at += 1
                continue
            found = _COMMENT.search(self._text, self._at)
            if not found:
                break
            depth += {"(": 1, ")": -1}.get(found[0], 0)
            self._at = found.end() + (found[0] == "\\")
        if depth or self._at > len(self._text):
            raise _UnreadableError


def _plain(value: str) -> str:
    """A value without its quotes."""
    return _QUOTED.sub(lambda found: re.sub(r"\\(.)", r"\1", found[1]), value)
