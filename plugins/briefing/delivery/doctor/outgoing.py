"""Where mail leaves by: what the transport's URL says of it."""

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

    starts_tls: whether TLS is begun by STARTTLS rather than with the connection. is_open: whether there is none.
    """

    scheme: str
    host: str = ""
    port: int = 0
    starts_tls: bool = True
    is_open: bool = False

    @property
    def is_smtp(self) -> bool:
        """Whether it is a mail server, of which something can be seen from here."""
        return self.scheme in _PORTS

    @property
    def is_service(self) -> bool:
        """Whether it signs and mails in ways of its own."""
        return not self.is_smtp and self.scheme != "file"

    @property
    def keeps_list(self) -> bool:
        """Whether it is a provider draft: the provider has the list, and readers leave it there."""
        return self.scheme in SCHEMES


def read_outgoing_server(url: str) -> OutgoingServer:
    """The outlet that a transport's or provider draft's URL names. Raises WrongUseError where it makes no sense."""
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
