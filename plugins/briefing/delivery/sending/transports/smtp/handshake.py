"""From a server's name to a connection that accepts messages: greeting, EHLO, STARTTLS, AUTH."""

from __future__ import annotations

import asyncio
import base64
import logging
import os
import socket
import ssl
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, NoReturn

from briefing.delivery.sending.transports.contract import UnreachableError
from briefing.delivery.sending.transports.smtp.certificates import is_mismatch, mismatch_reason, without_name_check
from briefing.delivery.sending.transports.smtp.replies import CLOSING
from briefing.delivery.sending.transports.smtp.verdicts import masked_text
from briefing.delivery.sending.transports.smtp.wire import Wire

if TYPE_CHECKING:
    from briefing.delivery.sending.transports.smtp.replies import Reply
    from briefing.delivery.sending.transports.smtp.timeouts import Backoff, Timeouts

_LOG: Final = logging.getLogger(__name__)
_CHECK: Final = "check host and port, and whether this network allows outgoing mail; many block it"
_NEXT_ADDRESS: Final = 0.25  # seconds after which a host's next address is tried too (RFC 8305, section 5)


@dataclass(frozen=True, slots=True)
class Server:
    """What to connect to, and how.

    context: None without encryption. is_secure_from_start: TLS before the greeting, not by STARTTLS.
    user: "" to send without login. helo: our name in EHLO; "" for the IP address of our end of the connection.
    """

    scheme: str
    host: str
    port: int
    context: ssl.SSLContext | None
    is_secure_from_start: bool = False
    user: str = ""
    password: str = field(default="", repr=False)
    helo: str = ""

    @property
    def name(self) -> str:
        """As records show it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Extensions:
    """The extensions that a server offers in EHLO. size: the maximum message size in octets, 0 if it names none."""

    pipelining: bool = False
    starttls: bool = False
    size: int = 0
    mechanisms: frozenset[str] = frozenset()

    @classmethod
    def read(cls, reply: Reply) -> Extensions:
        """From EHLO's reply (RFC 5321, section 4.1.1.1), whose first line is the server's name."""
        rows = [line.upper().replace("=", " ").split() for line in reply.lines[1:]]
        extensions = {row[0]: row[1:] for row in rows if row}
        size = "".join(extensions.get("SIZE", []))[:20]
        return cls(
            "PIPELINING" in extensions,
            "STARTTLS" in extensions,
            int(size) if size.isascii() and size.isdigit() else 0,
            frozenset(extensions.get("AUTH", [])),
        )


async def open_wire(server: Server, timeouts: Timeouts, backoff: Backoff) -> tuple[Wire, Extensions]:
    """A connection that is ready for MAIL. Raises UnreachableError, with everything closed.

    If the certificate is for another name, a second connection without login reads that name for the message.
    """
    try:
        return await _opened(server, timeouts, backoff)
    except UnreachableError as error:
        if not server.context or not is_mismatch(error.__cause__):
            raise
        names = await _names_of(replace(server, context=without_name_check(server.context), user=""), timeouts, backoff)
        msg = f"{server.name} {mismatch_reason(server.host, names)}"
        raise UnreachableError(msg) from error


async def _names_of(server: Server, timeouts: Timeouts, backoff: Backoff) -> tuple[str, ...]:
    try:
        wire, _ = await _opened(server, timeouts, backoff)
    except UnreachableError:
        return ()
    names = wire.shown_names
    await wire.close()
    return names


async def _opened(server: Server, timeouts: Timeouts, backoff: Backoff) -> tuple[Wire, Extensions]:
    wire = await _connected(server, timeouts, backoff)
    handshake = _Handshake(server, wire, timeouts, backoff)
    try:
        if server.context and server.is_secure_from_start:
            await handshake.secure(server.context)
        await handshake.expect("the connection", None)
        extensions = await handshake.hello()
        if server.context and not server.is_secure_from_start:
            extensions = await handshake.starttls(extensions, server.context)
        if server.user:
            await handshake.authenticate(extensions)
    except BaseException:
        wire.break_off()
        await wire.close()
        raise
    _LOG.info("connected to %s, %s", server.name, "with TLS" if server.context else "not encrypted")
    return wire, extensions


async def _connected(server: Server, timeouts: Timeouts, backoff: Backoff) -> Wire:
    try:
        async with asyncio.timeout(timeouts.connect):
            _, wire = await asyncio.get_running_loop().create_connection(
                lambda: Wire(timeouts), server.host, server.port, happy_eyeballs_delay=_NEXT_ADDRESS
            )
    except TimeoutError:
        msg = f"{server.name} does not respond within {timeouts.connect:g} seconds; {_CHECK}"
        raise UnreachableError(msg, backoff.wait(time.monotonic())) from None
    except OSError as error:
        raise _unreachable(server, error, backoff) from error
    return wire


@dataclass(frozen=True, slots=True)
class _Handshake:
    """The dialogue before the first message. Every method raises UnreachableError if the server refuses."""

    server: Server
    wire: Wire
    timeouts: Timeouts
    backoff: Backoff

    async def expect(self, what: str, command: str | None, kind: int = 2) -> Reply:
        if command is not None:
            self.wire.write(f"{command}\r\n".encode("ascii"))
        replies = await self.wire.answers(1, self.timeouts.command)
        if len(replies) != 1:
            self._fail(
                f"closed the connection at {what} ({self.wire.fault or 'garbled'})", self.backoff.wait(time.monotonic())
            )
        reply = replies[0]
        if reply.kind != kind:
            wait = self.backoff.wait(time.monotonic()) if reply.kind == 4 or reply.code == CLOSING else 0  # noqa: PLR2004 - SMTP's
            text = masked_text(reply.text, self.server.user)
            self._fail(f"refused {what} ({reply.status}): {text}", wait)
        return reply

    async def hello(self) -> Extensions:
        return Extensions.read(await self.expect("EHLO", f"EHLO {self.server.helo or self.wire.own_address}"))

    async def starttls(self, extensions: Extensions, context: ssl.SSLContext) -> Extensions:
        """RFC 3207. What was offered before no longer counts (section 4.2)."""
        if not extensions.starttls:
            self._fail(
                "does not offer STARTTLS; use smtps:// for TLS from the start, or ?tls=none on a private network"
            )
        await self.expect("STARTTLS", "STARTTLS")
        await self.secure(context)
        return await self.hello()

    async def secure(self, context: ssl.SSLContext) -> None:
        try:
            await self.wire.secure(context, self.server.host)
        except OSError as error:
            raise _unreachable(self.server, error, self.backoff) from error

    async def authenticate(self, extensions: Extensions) -> None:
        user, password = self.server.user, self.server.password
        if "PLAIN" in extensions.mechanisms:
            await self.expect("the login", f"AUTH PLAIN {_encoded(f'{chr(0)}{user}{chr(0)}{password}')}")
        elif "LOGIN" in extensions.mechanisms:
            await self.expect("the login", "AUTH LOGIN", kind=3)
            await self.expect("the login", _encoded(user), kind=3)
            await self.expect("the login", _encoded(password))
        else:
            self._fail("does not offer login by PLAIN or LOGIN; remove the user from the URL, or use another server")

    def _fail(self, why: str, wait: float = 0) -> NoReturn:
        msg = f"{self.server.name} {why}"
        raise UnreachableError(msg, wait)


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _unreachable(server: Server, error: OSError, backoff: Backoff) -> UnreachableError:
    if isinstance(error, ssl.SSLCertVerificationError):
        why = f"has a certificate that is not trusted ({error.verify_message}); set SSL_CERT_FILE to the file of its CA"
        return UnreachableError(f"{server.name} {why}")
    if isinstance(error, ssl.SSLError | ConnectionAbortedError):
        why = getattr(error, "reason", "") or str(error)
        msg = f"{server.name} does not speak TLS as expected ({why}); smtp:// uses STARTTLS, smtps:// uses TLS from the start"
        return UnreachableError(msg)
    if isinstance(error, socket.gaierror):
        wait = backoff.wait(time.monotonic()) if error.errno == socket.EAI_AGAIN else 0
        return UnreachableError(f"{server.name} has no IP address ({error.strerror}); check the host name", wait)
    reason = os.strerror(error.errno) if error.errno else str(error)
    return UnreachableError(f"{server.name} cannot be reached ({reason}); {_CHECK}", backoff.wait(time.monotonic()))
