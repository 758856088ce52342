"""The trusted proxies, which tell us the client's address, and a warning about one that is not configured."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

UNKNOWN_PROXY: Final = (
    "warning: requests come through a proxy that is not trusted, so all readers count as one client; if it is yours,"
    " start the list server with --trusted-proxy and the proxy's address"
)
_FORWARDED: Final = frozenset({b"x-forwarded-for", b"forwarded", b"x-real-ip"})


@dataclass(slots=True)
class Proxied:
    """Wraps an application, so that `scope["client"]` is the client that a trusted proxy reports.

    If an untrusted peer sends headers that only proxies write, they are ignored, with one warning.
    """

    app: ASGIApp
    trusts: Callable[[str], bool]
    log: Callable[[str], None]
    _has_warned: bool = field(default=False, init=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http" and not self._has_warned and self._is_untrusted_proxy(scope):
            self._has_warned = True
            self.log(UNKNOWN_PROXY)
        await self.app(scope, receive, send)

    def _is_untrusted_proxy(self, scope: Scope) -> bool:
        peer = scope["client"][0] if scope.get("client") else ""
        return not self.trusts(peer) and any(name in _FORWARDED for name, _ in scope["headers"])


@lru_cache(maxsize=8)  # called for every connection
def trusts_proxy(proxies: str) -> Callable[[str], bool]:
    """A function that tells whether a peer is one of the proxies: addresses or networks, separated by commas."""
    if not proxies:
        return lambda _peer: False
    trusted = ProxyHeadersMiddleware(_no_app, proxies).trusted_hosts
    return lambda peer: peer in trusted


def behind_proxies(app: ASGIApp, proxies: str, log: Callable[[str], None]) -> ASGIApp:
    """The application behind these proxies."""
    trusting: ASGIApp = ProxyHeadersMiddleware(app, proxies) if proxies else app  # type: ignore[arg-type, assignment]
    return Proxied(trusting, trusts_proxy(proxies), log)


async def _no_app(*_: object) -> None:
    """Only the list of trusted hosts is needed."""
