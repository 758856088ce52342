"""Limits that uvicorn lacks: the time for a request's head, and connections per client."""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

from briefing.delivery.listserver.middleware import TOO_LARGE
from briefing.delivery.listserver.proxies import trusts_proxy
from briefing.delivery.listserver.rate_limits import client_key

if TYPE_CHECKING:
    import asyncio

HEAD_SECONDS: Final = 10.0
PER_CLIENT: Final = 50
"""Maximum connections per client. Trusted proxies have no limit."""


class TimeoutProtocol(H11Protocol):
    """Closes the connection if a complete head does not arrive within `HEAD_SECONDS`.

    Refuses connections above the limit, and heads that are too large.
    """

    def __init__(self, *args: Any, **values: Any) -> None:  # noqa: ANN401 - uvicorn's own arguments
        """Called by uvicorn."""
        super().__init__(*args, **values)
        self._due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer."""
        super().connection_made(transport)
        if self._exceeds_limit():
            self._refuse(HTTPStatus.TOO_MANY_REQUESTS, "Too many connections from your IP address.")
        else:
            self._start_timer()

    def data_received(self, data: bytes) -> None:
        """Stop the timer while a request is processed."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_timer()
        elif self._due is None:
            self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._stop_timer()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Called while h11's error is handled, which has a status if the head is too large."""
        if getattr(sys.exc_info()[1], "error_status_hint", 0) == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, TOO_LARGE)
        else:
            super().send_400_response(msg)

    def _exceeds_limit(self) -> bool:
        peer = self.client[0] if self.client else ""
        if not peer or trusts_proxy(str(self.config.forwarded_allow_ips or ""))(peer):
            return False
        key = client_key(peer)
        others: list[Any] = list(self.connections)
        return sum(client_key(each.client[0]) == key for each in others if each.client) > PER_CLIENT

    def _refuse(self, status: HTTPStatus, text: str) -> None:
        """Respond and close, without reading the request."""
        body = f"{text}\n".encode("ascii")
        head = (
            f"HTTP/1.1 {status} {status.phrase}\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()

    def _start_timer(self) -> None:
        self._due = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop_timer(self) -> None:
        if self._due:
            self._due.cancel()
            self._due = None
