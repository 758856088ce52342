"""The list server's process: a recipe, and the socket and signals it needs."""

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
_BURST, _SECONDS = 10, 30.0  # mails that one client may cause: ten at once, then one every half minute
_CONNECTIONS: Final = 500  # answered at once; above it 503
_STOP: Final = 15  # seconds for requests that are being answered when the server stops


@dataclass(frozen=True, slots=True)
class BindAddress:
    """Where to listen, and the proxies (addresses or networks, with commas) whose X-Forwarded-For is believed."""

    host: str = "127.0.0.1"
    port: int = PORT
    proxies: str = ""


def serve(
    settings: Settings,
    database: Database,
    transport: Transport,
    signer: Signer | None,
    place: BindAddress,
    say: Callable[[str], None],
) -> None:
    """Serve until SIGTERM or SIGINT, then finish requests and letters. Raises BriefingError where it cannot begin."""
    subscribe_url(settings)  # without an address of its own no letter could be written
    templates = Templates(settings)
    texts = read_notification_texts(settings)
    pages, tokens, operations = (
        Pages(settings, templates),
        list_tokens(settings, database.secret),
        Operations(database, texts["confirm"].version),
    )
    writer = Composer(settings, templates, texts, database.secret, signer)
    post = _MailerTask(operations, transport, writer, say)
    answers = Handlers(pages, tokens, operations, Limiter(_BURST, _SECONDS), now, post.wake)
    unsubscribe_handlers = UnsubscribeHandlers(
        pages, tokens, lambda reader, _token, at: operations.leave(reader, at), now
    )
    listen(application(list_routes(answers, unsubscribe_handlers), pages, say, post.running), place, say)


class _MailerTask:
    """The postman, who can only begin once there is an event loop."""

    def __init__(
        self, operations: Operations, transport: Transport, writer: Composer, say: Callable[[str], None]
    ) -> None:
        self._parts = (operations, transport, writer, now, say)
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


def listen(app: ASGIApp, place: BindAddress, say: Callable[[str], None]) -> None:
    """Run an application at a place until SIGTERM or SIGINT."""
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # it would quote what strangers send
    with _bound(place) as bound:
        host, port = bound.getsockname()[:2]
        say(f"listening on http://{f'[{host}]' if ':' in host else host}:{port}")
        config = uvicorn.Config(
            behind_proxies(app, place.proxies, say),
            loop="asyncio",  # not uvloop, where it happens to be installed: transports use what that one lacks
            http=TimeoutProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,  # `behind` does that
            forwarded_allow_ips=place.proxies,
            limit_concurrency=_CONNECTIONS,
            h11_max_incomplete_event_size=HEAD,
            timeout_graceful_shutdown=_STOP,
        )
        with _stopping():
            uvicorn.Server(config).run(sockets=[bound])
    say("stopped")


@contextmanager
def _bound(place: BindAddress) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((place.host, place.port))
            made.listen()  # whoever reads that it listens may call at once
        except OSError as error:
            reasons = {errno.EADDRINUSE: "is in use by another program", errno.EACCES: "is not allowed to you"}
            reason = reasons.get(error.errno or 0, f"cannot be listened on: {error.strerror}")
            msg = f"port {place.port} of {place.host} {reason}; choose another with --port"
            raise BriefingError(msg) from error
        yield made


@contextmanager
def _stopping() -> Iterator[None]:
    """Uvicorn raises a signal again once it has stopped: here that is the end, and no failure."""
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
