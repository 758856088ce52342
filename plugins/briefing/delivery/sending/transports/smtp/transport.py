"""An SMTP server as a transport."""

from __future__ import annotations

import ipaddress
import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from briefing.delivery.sending.transports.contract import Doubt, Traits
from briefing.delivery.sending.transports.smtp.channel import SmtpChannel
from briefing.delivery.sending.transports.smtp.handshake import Server, open_wire
from briefing.delivery.sending.transports.smtp.timeouts import Backoff, Timeouts
from briefing.delivery.sending.transports.transport_url import refuse
from briefing.delivery.store.tables import Keeps
from briefing.digest.headers import ascii_host
from briefing.errors import BriefingError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from briefing.delivery.sending.transports.transport_url import TransportAddress
    from briefing.settings import Settings

VARIABLE: Final = "BRIEFING_SMTP_PASSWORD"
AUTHORITIES: Final = "SSL_CERT_FILE"  # OpenSSL's own name for it
_PORTS: Final = {"smtp": 587, "smtps": 465}  # RFC 6409 and RFC 8314: where a server accepts mail from its users
_OPTIONS: Final = ("helo", "timeout", "tls")


class SmtpTransport:
    """A `Transport`."""

    def __init__(self, server: Server, connections: int, timeouts: Timeouts) -> None:
        """Nothing is connected yet."""
        self._server = server
        self._timeouts = timeouts
        self._backoff = Backoff()
        self._traits = Traits(name=server.name, keeps=Keeps.BYTES, doubt=Doubt.EVIDENCE, connections=connections)

    @property
    def traits(self) -> Traits:
        """Its properties."""
        return self._traits

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[SmtpChannel]:
        """Connect; QUIT at the end. Raises UnreachableError."""
        wire, extensions = await open_wire(self._server, self._timeouts, self._backoff)
        channel = SmtpChannel(wire, extensions, self._timeouts, self._backoff)
        try:
            yield channel
        finally:
            await channel.leave()

    async def close(self) -> None:
        """Connections share nothing."""


def open_smtp(address: TransportAddress, settings: Settings, environment: Mapping[str, str]) -> SmtpTransport:
    """The server of an `smtp:` or `smtps:` URL. Raises WrongUseError, or BriefingError if the CA file cannot be read.

    TLS is required, and the certificate verified, unless the URL has `tls=none`. Without TLS a password is only sent to
    this machine.
    """
    address.require("host", "port", "user", options=_OPTIONS)
    if not address.host:
        refuse(address.scheme, "does not name a host")
    is_plain = _is_plain(address)
    password = environment.get(VARIABLE, "")
    if address.user and not password:
        msg = f"the {address.scheme}: URL names a user, but {VARIABLE} is not set; set it, or remove the user"
        raise WrongUseError(msg)
    if address.user and is_plain and not _is_this_machine(address.host):
        refuse(address.scheme, "has a user and tls=none, so the password would be sent unencrypted")
    server = Server(
        scheme=address.scheme,
        host=address.host,
        port=address.port or _PORTS[address.scheme],
        context=None if is_plain else _context(environment),
        is_secure_from_start=address.scheme == "smtps",
        user=address.user,
        password=password if address.user else "",
        helo=_greeting(address),
    )
    return SmtpTransport(server, settings.options.delivery.connections, _timeouts(address))


def _is_plain(address: TransportAddress) -> bool:
    tls = address.options.get("tls")
    if tls is not None and (tls != "none" or address.scheme == "smtps"):
        wrong = (
            "asks for tls=none, which only smtp:// allows"
            if tls == "none"
            else "has an unknown value of tls; allowed: none"
        )
        refuse(address.scheme, f"{wrong}. To trust your own certificate, set {AUTHORITIES} to its file")
    return tls == "none"


def _timeouts(address: TransportAddress) -> Timeouts:
    given = address.options.get("timeout")
    if given is None:
        return Timeouts()
    if not given.isascii() or not given.isdigit() or not 0 < int(given) <= 3600:  # noqa: PLR2004 - an hour
        refuse(address.scheme, "has a timeout that is not a number of seconds from 1 to 3600")
    return Timeouts.of(float(given))


def _greeting(address: TransportAddress) -> str:
    try:
        return ascii_host(address.options["helo"]) if "helo" in address.options else ""
    except BriefingError:
        refuse(address.scheme, "has a helo that is not a valid host name")


def _context(environment: Mapping[str, str]) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if file := environment.get(AUTHORITIES):
        try:
            context.load_verify_locations(file)
        except OSError as error:
            msg = f"cannot read the certificates in {AUTHORITIES} ({error.strerror or 'not PEM'}); set it to a PEM file"
            raise BriefingError(msg) from error
    return context


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
