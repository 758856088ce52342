"""Where an HTTP service is, the secret that goes with each call, and what may be repeated of its words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from briefing.errors import BriefingError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
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
        msg = "the endpoint in the URL is no address; write it as https://host or https://host/path"
        raise WrongUseError(msg)
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        msg = "the endpoint in the URL would be sent keys and addresses in the clear; use https"
        raise WrongUseError(msg)
    return address.rstrip("/")


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
