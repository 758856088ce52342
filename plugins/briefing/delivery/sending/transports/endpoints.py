"""An HTTP service's URL, its secret, and what may be shown of its replies."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from briefing import urls
from briefing.errors import BriefingError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# RFC 1918 and RFC 4193: traffic stays in private networks.
_PRIVATE: Final = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
_ADDRESS = re.compile(r"\S*(?:@|%40)\S*")
_SPACES = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_LONGEST: Final = 200  # characters of a service's text that are shown


def safe_endpoint(address: str) -> str:
    """A service's URL without a trailing slash: https, or http on this machine.

    Raises WrongUseError for any other, without repeating it.
    """
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or "@" in parts.netloc or parts.query or parts.fragment:
        msg = "the endpoint in the URL is not a valid address; write https://host or https://host/path"
        raise WrongUseError(msg)
    if parts.scheme != "https" and not (parts.scheme == "http" and urls.is_loopback(address)):
        msg = "the endpoint in the URL would receive keys and addresses unencrypted; use https"
        raise WrongUseError(msg)
    return address.rstrip("/")


def is_private(host: str) -> bool:
    """Whether a host is this machine or in a private network: an IP address, `localhost`, or a name in `.internal`.

    Any other name may lead anywhere. `.internal` is reserved for private use (ICANN's board, 29 July 2024).
    """
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".internal")
    return number.is_loopback or any(number in network for network in _PRIVATE)


def required_secret(environment: Mapping[str, str], variable: str, source: str) -> str:
    """A key from the environment; `source` says where to get one.

    Raises BriefingError if it is missing or not valid in a header, without repeating it.
    """
    secret = environment.get(variable, "").strip()
    if not secret:
        msg = f"{variable} is not set; set it to {source}"
        raise BriefingError(msg)
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        msg = f"{variable} contains a character that no key has, such as a space; set it to {source}"
        raise BriefingError(msg)
    return secret


def redact(text: object, secrets: Iterable[str] = ()) -> str:
    """A service's text as it may be shown: one line of at most 200 characters, without addresses and secrets."""
    line = _SPACES.sub(" ", text if isinstance(text, str) else "").strip()
    for secret in secrets:
        line = line.replace(secret, "...")
    return _ADDRESS.sub("...", line)[:_LONGEST]
