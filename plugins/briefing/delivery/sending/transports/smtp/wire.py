"""One connection as octets and replies: every wait has a timeout, and every failure is a fault."""

from __future__ import annotations

import asyncio
import socket
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from briefing.delivery.sending.transports.smtp.replies import CLOSING, Parser
from briefing.delivery.sending.transports.smtp.timeouts import FAREWELL

if TYPE_CHECKING:
    import ssl

    from briefing.delivery.sending.transports.smtp.replies import Reply
    from briefing.delivery.sending.transports.smtp.timeouts import Timeouts

_READ_AT_ONCE: Final = 16 * 1024  # octets; replies are short
_SHORTEST_PAUSE: Final = 0.001  # seconds between two checks of what is left to write,
_LONGEST_PAUSE: Final = 0.02  # each twice the one before


class ConnectionFault(StrEnum):
    """Why a connection can no longer be used, as records show it."""

    DROPPED = "dropped"
    SILENT = "timeout"
    GARBLED = "garbled"


class Wire(asyncio.BufferedProtocol):
    """One connection, used by one task.

    fault: set once; nothing is read or written after it. room: how many octets the kernel accepts in one `write` if
    nothing else is being sent: half of its buffer, since it counts its own overhead (socket(7), SO_SNDBUF).
    """

    def __init__(self, timeouts: Timeouts) -> None:
        """For a connection that `asyncio` makes."""
        self.fault: ConnectionFault | None = None
        self._loop = asyncio.get_running_loop()
        self._timeouts = timeouts
        self._transport: asyncio.Transport | None = None
        self._below: asyncio.Transport | None = None  # what carries TLS
        self._lost: asyncio.Future[None] = self._loop.create_future()
        self.room = 0
        self._space = memoryview(bytearray(_READ_AT_ONCE))
        self._parser = Parser()
        self._replies: list[Reply] = []  # not fetched yet
        # One task waits at a time, for a number of replies, until the deadline.
        self._waiter: asyncio.Future[None] | None = None
        self._wanted = 0
        self._deadline = 0.0
        self._watch = self._loop.call_later(timeouts.tick, self._check_time)

    @property
    def own_address(self) -> str:
        """Our end of the connection as an address literal (RFC 5321, section 4.1.3)."""
        number = self._transport.get_extra_info("sockname")[0] if self._transport else "127.0.0.1"
        return f"[IPv6:{number}]" if ":" in number else f"[{number}]"

    @property
    def is_idle(self) -> bool:
        """Whether the connection is open and nothing unexpected has arrived."""
        return self.fault is None and not self._replies and self._parser.is_between and not self._is_closing

    @property
    def shown_names(self) -> tuple[str, ...]:
        """The names and IP addresses in the server's certificate; none if it was not verified."""
        found = self._transport.get_extra_info("peercert") if self._transport else None
        return tuple(str(value) for _, value in (found or {}).get("subjectAltName", ()))

    def write(self, octets: bytes) -> bool:
        """Send octets. False if it is certain that none were sent."""
        if self._transport is None or self.fault is not None or self._transport.is_closing():
            return False
        self._transport.write(octets)
        return not self._is_closing  # writing may have found that the other side is gone

    async def written(self) -> bool:
        """Wait until everything has left this process. False if that failed, or if a reply arrived first."""
        end = self._loop.time() + self._timeouts.block
        pause = _SHORTEST_PAUSE
        # asyncio reports when TLS has accepted everything, which may still be in a buffer: so check the buffers.
        while self._left_to_write() and not self._replies and not self._is_closing:
            if self._loop.time() >= end:
                self.break_off(ConnectionFault.SILENT)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        return self.is_idle

    async def answers(self, count: int, seconds: float) -> list[Reply]:
        """The next `count` replies and whatever arrived with them; fewer after a fault or the server's 421."""
        if not self._has_come(count) and self.fault is None:
            await self._wait(count, seconds)
        return self.taken()

    def taken(self) -> list[Reply]:
        """The replies that have arrived, without waiting."""
        replies, self._replies = self._replies, []
        return replies

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Use TLS from here on. Raises OSError, which includes ssl.SSLError, if that fails.

        Anything unexpected that arrived before it is a fault: somebody on the way may have written it.
        """
        if self._transport is None or not self.is_idle:
            self.break_off(ConnectionFault.GARBLED)
            msg = "unexpected data arrived before it"
            raise ConnectionAbortedError(msg)
        self._below, self._transport = self._transport, None
        try:
            self._transport = await self._loop.start_tls(
                self._below, self, context, server_hostname=host, ssl_handshake_timeout=self._timeouts.connect
            )
        finally:
            if self._transport is None:  # asyncio does not report the end then
                self._below.abort()
                self.connection_lost(None)
        if self._transport is None:
            msg = "the connection was closed before TLS was set up"
            raise ConnectionResetError(msg)

    def break_off(self, fault: ConnectionFault = ConnectionFault.DROPPED) -> None:
        """Close at once and wake the waiting task. If the other side closed first, that is the fault."""
        if self.fault is None:
            self.fault = ConnectionFault.DROPPED if self._is_closing else fault
            self._watch.cancel()
            if self._transport:
                self._transport.abort()
            self._wake()

    async def close(self) -> None:
        """Close, TLS included, and wait until it is closed."""
        if self._transport and not self._lost.done():
            self._transport.close()
            await asyncio.wait([self._lost], timeout=FAREWELL)
        self.break_off()
        if self._transport and not self._lost.done():
            await asyncio.wait([self._lost], timeout=FAREWELL)

    # Called by asyncio.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the connection."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - every stream connection is one
        self._transport = transport
        if self.room == 0:  # TLS makes a second transport for the same connection
            self.room = transport.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) // 2

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        """Where to put what arrives. TLS needs a view: it writes to slices of it."""
        return self._space

    def buffer_updated(self, nbytes: int) -> None:
        """Read what arrived."""
        if self.fault is None:
            self._replies += self._parser.feed(bytes(self._space[:nbytes]))
            if self._parser.is_garbled:
                self.break_off(ConnectionFault.GARBLED)
            elif self._waiter and self._has_come(self._wanted):
                self._wake()

    def eof_received(self) -> None:
        """The server has closed its side."""
        self.break_off()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - whatever the reason, it is gone
        """The connection is closed."""
        if not self._lost.done():
            self._lost.set_result(None)
        self.break_off()

    @property
    def _is_closing(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    def _left_to_write(self) -> int:
        """Octets."""
        return sum(part.get_write_buffer_size() for part in (self._transport, self._below) if part)

    def _has_come(self, count: int) -> bool:
        return len(self._replies) >= count or any(reply.code == CLOSING for reply in self._replies)

    async def _wait(self, wanted: int, seconds: float) -> None:
        self._wanted = wanted
        self._deadline = self._loop.time() + seconds
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    def _check_time(self) -> None:
        if self._waiter and self._loop.time() >= self._deadline:
            self.break_off(ConnectionFault.SILENT)
        else:
            self._watch = self._loop.call_later(self._timeouts.tick, self._check_time)
