"""An SMTP server as a transport."""

from __future__ import annotations

import ipaddress
import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from briefing.delivery.sending.transports.contract import Doubt, Keeps, Traits
from briefing.delivery.sending.transports.smtp.channel import SmtpChannel
from briefing.delivery.sending.transports.smtp.handshake import Server, open_wire
from briefing.delivery.sending.transports.smtp.timeouts import Patience, Restraint
from briefing.delivery.sending.transports.transport_url import refuse
from briefing.digest.headers import ascii_host
from briefing.errors import BriefingError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from briefing.delivery.sending.transports.transport_url import TransportAddress
    from briefing.settings import Settings

VARIABLE: Final = "BRIEFING_SMTP_PASSWORD"
AUTHORITIES: Final = "SSL_CERT_FILE"  # OpenSSL's own name for it
_PORTS: Final = {"smtp": 587, "smtps": 465}  # RFC 6409 and RFC 8314: where a server takes mail from its users
_OPTIONS: Final = ("helo", "timeout", "tls")


class SmtpTransport:
    """Fulfils `Transport`."""

    def __init__(self, server: Server, connections: int, patience: Patience) -> None:
        """Nothing is connected yet."""
        self._server = server
        self._patience = patience
        self._restraint = Restraint()
        self._traits = Traits(name=server.name, keeps=Keeps.BYTES, doubt=Doubt.EVIDENCE, connections=connections)

    @property
    def traits(self) -> Traits:
        """What is true of it whatever it carries."""
        return self._traits

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[SmtpChannel]:
        """Connect, and QUIT in the end. Raises UnreachableError."""
        wire, offers = await open_wire(self._server, self._patience, self._restraint)
        channel = SmtpChannel(wire, offers, self._patience, self._restraint)
        try:
            yield channel
        finally:
            await channel.leave()

    async def close(self) -> None:
        """Nothing is shared by connections."""


def open_smtp(address: TransportAddress, settings: Settings, environment: Mapping[str, str]) -> SmtpTransport:
    """The server of an `smtp:` or `smtps:` URL. Raises WrongUseError, or BriefingError where the environment lacks a part.

    TLS is required, and the certificate verified, unless the URL says `tls=none`; a password is never sent without
    TLS but to this machine.
    """
    address.require("host", "port", "user", options=_OPTIONS)
    if not address.host:
        refuse(address.scheme, "names no host")
    is_plain = _is_plain(address)
    password = environment.get(VARIABLE, "")
    if address.user and not password:
        msg = f"the {address.scheme}: URL names a user: set {VARIABLE} in the environment, or leave the user out"
        raise WrongUseError(msg)
    if address.user and is_plain and not _is_this_machine(address.host):
        refuse(address.scheme, "names a user and tls=none: the password could be read on its way")
    server = Server(
        scheme=address.scheme,
        host=address.host,
        port=address.port or _PORTS[address.scheme],
        context=None if is_plain else _context(environment),
        is_secure_from_start=address.scheme == "smtps",
        user=address.user,
        password=password if address.user else "",
        calls_us=_greeting(address),
    )
    return SmtpTransport(server, settings.options.delivery.connections, _patience(address))


def _is_plain(address: TransportAddress) -> bool:
    tls = address.options.get("tls")
    if tls is not None and (tls != "none" or address.scheme == "smtps"):
        only = "cannot do without TLS: write smtp:// for that" if tls == "none" else "knows tls=none only"
        refuse(address.scheme, f"{only}. To trust a certificate of your own, name its file in {AUTHORITIES}")
    return tls == "none"


def _patience(address: TransportAddress) -> Patience:
    given = address.options.get("timeout")
    if given is None:
        return Patience()
    if not given.isascii() or not given.isdigit() or not 0 < int(given) <= 3600:  # noqa: PLR2004 - an hour
        refuse(address.scheme, "has a timeout that is not a number of seconds from 1 to 3600")
    return Patience.of(float(given))


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
            msg = f"{AUTHORITIES} names no file of certificates that can be read ({error.strerror or 'not PEM'})"
            raise BriefingError(msg) from error
    return context


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
