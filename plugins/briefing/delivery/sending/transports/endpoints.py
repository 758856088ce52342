"""Where an HTTP service is, the secret that goes with each call, and what may be repeated of its words."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from briefing import urls
from briefing.errors import BriefingError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# RFC 1918 and RFC 4193: what is sent there stays in networks of one's own.
_PRIVATE: Final = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
_ADDRESS = re.compile(r"\S*(?:@|%40)\S*")
_SPACES = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_LONGEST: Final = 200  # characters of a service's text that are repeated


def safe_endpoint(address: str) -> str:
    """A service's address without a slash at its end: https, or http on this machine.

    Raises WrongUseError for any other, without repeating it.
    """
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or "@" in parts.netloc or parts.query or parts.fragment:
        msg = "the endpoint in the URL is not a valid address; write it as https://host or https://host/path"
        raise WrongUseError(msg)
    if parts.scheme != "https" and not (parts.scheme == "http" and urls.is_loopback(address)):
        msg = "the endpoint in the URL would be sent keys and addresses in the clear; use https"
        raise WrongUseError(msg)
    return address.rstrip("/")


def is_near(host: str) -> bool:
    """Whether a host is this machine or in a private network: by its number, `localhost`, or a name of `.internal`.

    Any other name may lead anywhere. `.internal` is reserved for private use (ICANN's board, 29 July 2024).
    """
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".internal")
    return number.is_loopback or any(number in network for network in _PRIVATE)


def secret_of(environment: Mapping[str, str], variable: str, where: str) -> str:
    """A key from the environment; `where` says where its owner finds one.

    Raises BriefingError where it is missing, or cannot stand in a header, without repeating it.
    """
    secret = environment.get(variable, "").strip()
    if not secret:
        msg = f"{variable} is not set; set it to {where}"
        raise BriefingError(msg)
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        msg = f"{variable} holds something that no key has, such as a space; set it to {where}"
        raise BriefingError(msg)
    return secret


def repeatable(text: object, secrets: Iterable[str] = ()) -> str:
    """What may be shown of a service's own words: one line of at most 200 characters, no address, no secret."""
    line = _SPACES.sub(" ", text if isinstance(text, str) else "").strip()
    for secret in secrets:
        line = line.replace(secret, "...")
    return _ADDRESS.sub("...", line)[:_LONGEST]
