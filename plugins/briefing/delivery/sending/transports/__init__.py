"""Transports, chosen by URL scheme."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

from briefing.delivery.sending.transports.transport_url import read_address, scheme_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from briefing.delivery.sending.transports.contract import Transport
    from briefing.delivery.sending.transports.transport_url import TransportAddress
    from briefing.settings import Settings

    Opener = Callable[[TransportAddress, Settings, Mapping[str, str]], Transport]

__all__ = ["TABLE", "open_transport", "scheme_of"]

# Module and function by scheme. A module is loaded when its transport is opened, since some need large libraries.
TABLE: Final[Mapping[str, tuple[str, str]]] = {
    "smtp": ("smtp", "open_smtp"),
    "smtps": ("smtp", "open_smtp"),
    "file": ("file", "open_folder"),
    "ses": ("ses", "open_ses"),
    "resend": ("resend", "open_resend"),
}


def open_transport(url: str, settings: Settings, environment: Mapping[str, str]) -> Transport:
    """The transport that a URL names. Nothing is connected yet.

    Raises WrongUseError if the URL is not valid, BriefingError if an environment variable is missing.
    """
    address = read_address(url)
    module, function = TABLE[address.scheme]
    opener: Opener = getattr(importlib.import_module(f"{__name__}.{module}"), function)
    return opener(address, settings, environment)
