"""The outgoing server, from the transport's URL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from briefing.delivery.sending.providers import SCHEMES, require_sending_url
from briefing.delivery.sending.transports.transport_url import read_address

if TYPE_CHECKING:
    from collections.abc import Mapping

_PORTS: Final[Mapping[str, int]] = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class OutgoingServer:
    """scheme: `smtp`, `ses` and so on. host, port: of an SMTP server, else "" and 0.

    starts_tls: whether TLS starts with STARTTLS instead of with the connection. is_open: whether there is no TLS.
    """

    scheme: str
    host: str = ""
    port: int = 0
    starts_tls: bool = True
    is_open: bool = False

    @property
    def is_smtp(self) -> bool:
        """Whether it is a mail server, which can be checked from here."""
        return self.scheme in _PORTS

    @property
    def is_service(self) -> bool:
        """Whether it is a service that signs and sends by itself."""
        return not self.is_smtp and self.scheme != "file"

    @property
    def keeps_list(self) -> bool:
        """Whether it is a provider that keeps the list, where readers unsubscribe."""
        return self.scheme in SCHEMES


def read_outgoing_server(url: str) -> OutgoingServer:
    """The outgoing server of a transport's or provider's URL. Raises WrongUseError if it is invalid."""
    require_sending_url(url)
    if (scheme := url.partition(":")[0].strip().lower()) in SCHEMES:
        return OutgoingServer(scheme)
    address = read_address(url)
    if address.scheme not in _PORTS:
        return OutgoingServer(address.scheme)
    return OutgoingServer(
        address.scheme,
        address.host,
        address.port or _PORTS[address.scheme],
        starts_tls=address.scheme == "smtp",
        is_open=address.options.get("tls") == "none",
    )
