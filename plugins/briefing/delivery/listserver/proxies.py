"""The proxies whose word is believed on who the client is, and a warning about one that nobody named."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

UNKNOWN_PROXY: Final = (
    "warning: requests come through a proxy that is not named, so that all readers count as one client; if it is yours,"
    " start the list server with --trusted-proxy and the proxy's address"
)
_FORWARDED: Final = frozenset({b"x-forwarded-for", b"forwarded", b"x-real-ip"})


@dataclass(slots=True)
class Proxied:
    """Around an application: `scope["client"]` is the reader, as a trusted proxy names them.

    A header that only a proxy writes, from a peer that is not trusted, is not believed. It is said once.
    """

    app: ASGIApp
    trusts: Callable[[str], bool]
    say: Callable[[str], None]
    _has_said: bool = field(default=False, init=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http" and not self._has_said and self._is_unnamed(scope):
            self._has_said = True
            self.say(UNKNOWN_PROXY)
        await self.app(scope, receive, send)

    def _is_unnamed(self, scope: Scope) -> bool:
        peer = scope["client"][0] if scope.get("client") else ""
        return not self.trusts(peer) and any(name in _FORWARDED for name, _ in scope["headers"])


@lru_cache(maxsize=8)  # it is asked with every connection
def trusts_proxy(proxies: str) -> Callable[[str], bool]:
    """Whether a peer is one of the proxies: addresses or networks, with commas between them; none for ""."""
    if not proxies:
        return lambda _peer: False
    trusted = ProxyHeadersMiddleware(_no_app, proxies).trusted_hosts
    return lambda peer: peer in trusted


def behind_proxies(app: ASGIApp, proxies: str, say: Callable[[str], None]) -> ASGIApp:
    """The application behind the proxies that are named."""
    believing: ASGIApp = ProxyHeadersMiddleware(app, proxies) if proxies else app  # type: ignore[arg-type, assignment]
    return Proxied(believing, trusts_proxy(proxies), say)


async def _no_app(*_: object) -> None:
    """What only asks whom to trust needs no application."""
