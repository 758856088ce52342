"""The list server's process: its parts, its socket and its signals."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import uvicorn

from briefing.delivery.listserver.composing import Composer
from briefing.delivery.listserver.handlers import Handlers
from briefing.delivery.listserver.mailer import Mailer
from briefing.delivery.listserver.middleware import HEAD
from briefing.delivery.listserver.operations import Operations
from briefing.delivery.listserver.proxies import behind_proxies
from briefing.delivery.listserver.rate_limits import Limiter
from briefing.delivery.listserver.rendering import Pages
from briefing.delivery.listserver.routes import application, list_routes
from briefing.delivery.listserver.timeouts import TimeoutProtocol
from briefing.delivery.listserver.unsubscribe import UnsubscribeHandlers
from briefing.delivery.listserver.wording import read_notification_texts
from briefing.delivery.store.database import now
from briefing.delivery.store.list_urls import list_tokens, subscribe_url
from briefing.errors import BriefingError
from briefing.pages.templating import Templates

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from starlette.applications import Starlette
    from starlette.types import ASGIApp

    from briefing.delivery.sending.transports.contract import Transport
    from briefing.delivery.store.database import Database
    from briefing.digest.signing import Signer
    from briefing.settings import Settings

PORT: Final = 8025
_BURST, _SECONDS = 10, 30.0  # confirmations that one client can request: ten at once, then one every 30 seconds
_CONNECTIONS: Final = 500  # at once; more get 503
_STOP: Final = 15  # seconds for requests in progress when the server stops


@dataclass(frozen=True, slots=True)
class BindAddress:
    """Where to listen, and the proxies (addresses or networks, separated by commas) whose X-Forwarded-For is trusted."""

    host: str = "127.0.0.1"
    port: int = PORT
    proxies: str = ""


def serve(
    settings: Settings,
    database: Database,
    transport: Transport,
    signer: Signer | None,
    address: BindAddress,
    log: Callable[[str], None],
) -> None:
    """Serve until SIGTERM or SIGINT, then finish requests and notifications. Raises BriefingError if it cannot start."""
    subscribe_url(settings)  # fails early without a URL of its own
    templates = Templates(settings)
    texts = read_notification_texts(settings)
    pages, tokens, operations = (
        Pages(settings, templates),
        list_tokens(settings, database.secret),
        Operations(database, texts["confirm"].version),
    )
    composer = Composer(settings, templates, texts, database.secret, signer)
    mailer = _MailerTask(operations, transport, composer, log)
    handlers = Handlers(pages, tokens, operations, Limiter(_BURST, _SECONDS), now, mailer.wake)
    unsubscribe_handlers = UnsubscribeHandlers(
        pages, tokens, lambda reader, _token, at: operations.unsubscribe(reader, at), now
    )
    listen(application(list_routes(handlers, unsubscribe_handlers), pages, log, mailer.running), address, log)


class _MailerTask:
    """Starts the mailer once there is an event loop."""

    def __init__(
        self, operations: Operations, transport: Transport, composer: Composer, log: Callable[[str], None]
    ) -> None:
        self._parts = (operations, transport, composer, now, log)
        self._mailer: Mailer | None = None

    def wake(self) -> None:
        if self._mailer:
            self._mailer.wake()

    @asynccontextmanager
    async def running(self, _app: Starlette) -> AsyncIterator[None]:
        self._mailer = Mailer(*self._parts)
        task = asyncio.create_task(self._mailer.run())
        yield
        await self._mailer.end(task)


def listen(app: ASGIApp, address: BindAddress, log: Callable[[str], None]) -> None:
    """Run an application until SIGTERM or SIGINT."""
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # it would log what strangers send
    with _bound(address) as bound:
        host, port = bound.getsockname()[:2]
        log(f"listening on http://{f'[{host}]' if ':' in host else host}:{port}")
        config = uvicorn.Config(
            behind_proxies(app, address.proxies, log),
            loop="asyncio",  # not uvloop, even if it is installed: it lacks what transports use
            http=TimeoutProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # `behind_proxies` does that
            forwarded_allow_ips=address.proxies,
            limit_concurrency=_CONNECTIONS,
            h11_max_incomplete_event_size=HEAD,
            timeout_graceful_shutdown=_STOP,
        )
        with _stopping():
            uvicorn.Server(config).run(sockets=[bound])
    log("stopped")


@contextmanager
def _bound(address: BindAddress) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((address.host, address.port))
            made.listen()  # before the log says that it listens
        except OSError as error:
            reasons = {errno.EADDRINUSE: "is in use by another program", errno.EACCES: "is not allowed for your user"}
            reason = reasons.get(error.errno or 0, f"cannot be used: {error.strerror}")
            msg = f"port {address.port} of {address.host} {reason}; choose another with --port"
            raise BriefingError(msg) from error
        yield made


@contextmanager
def _stopping() -> Iterator[None]:
    """Uvicorn raises the signal again after it has stopped; here that is not an error."""
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
