"""From a server's name to a connection that takes messages: greeting, EHLO, STARTTLS, AUTH."""

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
from briefing.delivery.sending.transports.smtp.certificates import is_mismatch, told_mismatch, without_names
from briefing.delivery.sending.transports.smtp.replies import CLOSING
from briefing.delivery.sending.transports.smtp.verdicts import masked_text
from briefing.delivery.sending.transports.smtp.wire import Wire

if TYPE_CHECKING:
    from briefing.delivery.sending.transports.smtp.replies import Reply
    from briefing.delivery.sending.transports.smtp.timeouts import Patience, Restraint

_LOG: Final = logging.getLogger(__name__)
_LOOK: Final = "look at host and port, and whether this network lets mail out; many block it"
_NEXT_ADDRESS: Final = 0.25  # seconds after which a host's next address is tried too (RFC 8305, section 5)


@dataclass(frozen=True, slots=True)
class Server:
    """Whom to connect to and how.

    context: None where nothing is encrypted. is_secure_from_start: TLS before the greeting, not by STARTTLS.
    user: "" where none is to be named. calls_us: how we greet; "" for the number of our end of the connection.
    """

    scheme: str
    host: str
    port: int
    context: ssl.SSLContext | None
    is_secure_from_start: bool = False
    user: str = ""
    password: str = field(default="", repr=False)
    calls_us: str = ""

    @property
    def name(self) -> str:
        """As records show it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Offers:
    """What a server's EHLO says it can do. size: the longest message in octets, 0 where it names none."""

    pipelining: bool = False
    starttls: bool = False
    size: int = 0
    mechanisms: frozenset[str] = frozenset()

    @classmethod
    def read(cls, reply: Reply) -> Offers:
        """From EHLO's reply (RFC 5321, section 4.1.1.1), whose first line is the server's name."""
        rows = [line.upper().replace("=", " ").split() for line in reply.lines[1:]]
        offers = {row[0]: row[1:] for row in rows if row}
        size = "".join(offers.get("SIZE", []))[:20]
        return cls(
            "PIPELINING" in offers,
            "STARTTLS" in offers,
            int(size) if size.isascii() and size.isdigit() else 0,
            frozenset(offers.get("AUTH", [])),
        )


async def open_wire(server: Server, patience: Patience, restraint: Restraint) -> tuple[Wire, Offers]:
    """A connection that is ready for MAIL. Raises UnreachableError; nothing is left open then.

    Where the certificate is for another name, a second connection without login looks for which, to say it.
    """
    try:
        return await _opened(server, patience, restraint)
    except UnreachableError as error:
        if not server.context or not is_mismatch(error.__cause__):
            raise
        names = await _names_of(replace(server, context=without_names(server.context), user=""), patience, restraint)
        msg = f"{server.name} {told_mismatch(server.host, names)}"
        raise UnreachableError(msg) from error


async def _names_of(server: Server, patience: Patience, restraint: Restraint) -> tuple[str, ...]:
    try:
        wire, _ = await _opened(server, patience, restraint)
    except UnreachableError:
        return ()
    names = wire.shown_names
    await wire.close()
    return names


async def _opened(server: Server, patience: Patience, restraint: Restraint) -> tuple[Wire, Offers]:
    wire = await _connected(server, patience, restraint)
    talk = _Talk(server, wire, patience, restraint)
    try:
        if server.context and server.is_secure_from_start:
            await talk.secure(server.context)
        await talk.expect("the connection", None)
        offers = await talk.hello()
        if server.context and not server.is_secure_from_start:
            offers = await talk.starttls(offers, server.context)
        if server.user:
            await talk.authenticate(offers)
    except BaseException:
        wire.break_off()
        await wire.close()
        raise
    _LOG.info("connected to %s, %s", server.name, "with TLS" if server.context else "not encrypted")
    return wire, offers


async def _connected(server: Server, patience: Patience, restraint: Restraint) -> Wire:
    try:
        async with asyncio.timeout(patience.connect):
            _, wire = await asyncio.get_running_loop().create_connection(
                lambda: Wire(patience), server.host, server.port, happy_eyeballs_delay=_NEXT_ADDRESS
            )
    except TimeoutError:
        msg = f"{server.name} does not answer within {patience.connect:g} seconds; {_LOOK}"
        raise UnreachableError(msg, restraint.wait(time.monotonic())) from None
    except OSError as error:
        raise _unreachable(server, error, restraint) from error
    return wire


@dataclass(frozen=True, slots=True)
class _Talk:
    """What is said before the first message. Every method raises UnreachableError where the server refuses."""

    server: Server
    wire: Wire
    patience: Patience
    restraint: Restraint

    async def expect(self, what: str, command: str | None, kind: int = 2) -> Reply:
        if command is not None:
            self.wire.write(f"{command}\r\n".encode("ascii"))
        replies = await self.wire.answers(1, self.patience.command)
        if len(replies) != 1:
            self._fail(f"broke off at {what} ({self.wire.fault or 'garbled'})", self.restraint.wait(time.monotonic()))
        reply = replies[0]
        if reply.kind != kind:
            wait = self.restraint.wait(time.monotonic()) if reply.kind == 4 or reply.code == CLOSING else 0  # noqa: PLR2004 - SMTP's
            said = masked_text(reply.text, self.server.user)
            self._fail(f"refused {what} ({reply.status}): {said}", wait)
        return reply

    async def hello(self) -> Offers:
        return Offers.read(await self.expect("EHLO", f"EHLO {self.server.calls_us or self.wire.own_number}"))

    async def starttls(self, offers: Offers, context: ssl.SSLContext) -> Offers:
        """RFC 3207; what was offered before it counts no more (section 4.2)."""
        if not offers.starttls:
            self._fail(
                "offers no STARTTLS; write smtps:// for TLS from the start, or ?tls=none on a way that is private"
            )
        await self.expect("STARTTLS", "STARTTLS")
        await self.secure(context)
        return await self.hello()

    async def secure(self, context: ssl.SSLContext) -> None:
        try:
            await self.wire.secure(context, self.server.host)
        except OSError as error:
            raise _unreachable(self.server, error, self.restraint) from error

    async def authenticate(self, offers: Offers) -> None:
        user, password = self.server.user, self.server.password
        if "PLAIN" in offers.mechanisms:
            await self.expect("the login", f"AUTH PLAIN {_encoded(f'{chr(0)}{user}{chr(0)}{password}')}")
        elif "LOGIN" in offers.mechanisms:
            await self.expect("the login", "AUTH LOGIN", kind=3)
            await self.expect("the login", _encoded(user), kind=3)
            await self.expect("the login", _encoded(password))
        else:
            self._fail("offers no login by PLAIN or LOGIN; leave the user out of the URL, or use another server")

    def _fail(self, why: str, wait: float = 0) -> NoReturn:
        msg = f"{self.server.name} {why}"
        raise UnreachableError(msg, wait)


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _unreachable(server: Server, error: OSError, restraint: Restraint) -> UnreachableError:
    if isinstance(error, ssl.SSLCertVerificationError):
        why = f"shows a certificate that cannot be trusted ({error.verify_message}); name its CA in SSL_CERT_FILE"
        return UnreachableError(f"{server.name} {why}")
    if isinstance(error, ssl.SSLError | ConnectionAbortedError):
        why = getattr(error, "reason", "") or str(error)
        msg = (
            f"{server.name} does not speak TLS as expected ({why}); smtp:// is STARTTLS, smtps:// is TLS from the start"
        )
        return UnreachableError(msg)
    if isinstance(error, socket.gaierror):
        wait = restraint.wait(time.monotonic()) if error.errno == socket.EAI_AGAIN else 0
        return UnreachableError(f"{server.name} has no address ({error.strerror}); look at the host's name", wait)
    reason = os.strerror(error.errno) if error.errno else str(error)
    return UnreachableError(f"{server.name} cannot be reached ({reason}); {_LOOK}", restraint.wait(time.monotonic()))
