"""A transport's URL -> its parts. Errors repeat nothing of a URL but a known scheme: the rest may be secret."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import parse_qsl, unquote, urlsplit

from briefing.digest.headers import ascii_host
from briefing.errors import BriefingError, WrongUseError, one_of
from briefing.settings.sending import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# How the URL of each kind is written.
FORMS: Final[Mapping[str, str]] = {
    "smtp": "smtp://USER@HOST:587",
    "smtps": "smtps://USER@HOST:465",
    "file": "file:FOLDER",
    "ses": "ses://REGION",
    "resend": "resend://",
}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_UNPRINTABLE = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class TransportAddress:
    """The parts of a transport's URL, decoded.

    host: lower-case, in IDNA, IPv6 without brackets; "" if there is none. port: 0 if there is none.
    path: what follows the host, or everything if there is no `//`. options: those of the query, each once.
    """

    scheme: str
    host: str = ""
    port: int = 0
    user: str = field(default="", repr=False)
    path: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    def require(self, *parts: str, options: Iterable[str] = ()) -> None:
        """Raise WrongUseError if the URL has a part (`host`, `port`, `user`, `path`) or an option that is not named here."""
        for part in ("host", "port", "user", "path"):
            if part not in parts and getattr(self, part):
                refuse(self.scheme, f"has a {part}, which this transport does not use")
        known = sorted(options)
        if set(self.options) - set(known):
            allowed = f"allowed: {', '.join(known)}" if known else "there are none"
            refuse(self.scheme, f"has an unknown option (after `?`); {allowed}")


def scheme_of(url: str) -> str:
    """The scheme of a transport's URL. Raises WrongUseError if it is unknown."""
    found = _SCHEME.match(url.strip())
    scheme = found[1].lower() if found else ""
    if scheme in PROVIDERS:
        msg = (
            f"{scheme}:// is a provider: `send` creates a draft there, without a proof;"
            f" for a transport, use {one_of(FORMS.values())}"
        )
        raise WrongUseError(msg)
    if scheme not in FORMS:
        msg = f"this is not a valid transport URL; use {one_of(FORMS.values())}"
        raise WrongUseError(msg)
    return scheme


def read_address(url: str) -> TransportAddress:
    """The parts of a transport's URL (RFC 3986). Raises WrongUseError, which says what to write, if it is not valid.

    A password in it is not allowed: others can see command lines, and settings are kept in git.
    """
    scheme = scheme_of(url)
    text = url.strip()
    if _UNPRINTABLE.search(text):
        refuse(scheme, "contains a space or control character; write a space as %20")
    try:
        parts = urlsplit(text)
        port = parts.port or 0
        host = parts.hostname or ""
    except ValueError:
        refuse(scheme, "has a host or port that is not valid")
    if parts.password is not None:
        variable = (
            "BRIEFING_SMTP_PASSWORD"
            if scheme.startswith("smtp")
            else "its variable, which docs/reference/transports.md names,"
        )
        refuse(scheme, f"contains a password; leave it out and set {variable} in the environment")
    if parts.fragment:
        refuse(scheme, "has a `#`; write it as %23")
    options = parse_qsl(parts.query, keep_blank_values=True)
    if len(dict(options)) < len(options):
        refuse(scheme, "has an option twice")
    user, path = unquote(parts.username or ""), unquote(parts.path)
    if _CONTROL.search(f"{user}{path}{''.join(value for _, value in options)}"):
        refuse(scheme, "contains a control character")
    return TransportAddress(scheme, _host(scheme, host), port, user, path, dict(options))


def refuse(scheme: str, why: str) -> NoReturn:
    """Raise WrongUseError for a transport's URL, with its correct form."""
    msg = f"the {scheme}: URL {why}. It is written {FORMS[scheme]}; see docs/reference/transports.md"
    raise WrongUseError(msg)


def _host(scheme: str, host: str) -> str:
    if ":" in host or not host:  # IPv6, which urlsplit has checked
        return host
    try:
        return ascii_host(unquote(host))
    except BriefingError:
        refuse(scheme, "has a host that is not valid")
