"""The routes of the list server."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Mount, Route, Router

from briefing.delivery.listserver.middleware import Guard, Notices
from briefing.delivery.listserver.refusals import RefusedError
from briefing.delivery.store.list_urls import SUBSCRIBE, token_path
from briefing.delivery.store.tokens import Purpose

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from briefing.delivery.listserver.handlers import Handlers
    from briefing.delivery.listserver.rendering import Pages
    from briefing.delivery.listserver.unsubscribe import UnsubscribeHandlers

    Endpoint = Callable[[Request], Awaitable[Response]]
    Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class PageRoute:
    """A path and its handlers for GET (and HEAD) and POST."""

    path: str
    get: Endpoint
    post: Endpoint | None = None


def list_routes(handlers: Handlers, unsubscribe_handlers: UnsubscribeHandlers) -> tuple[PageRoute, ...]:
    """The routes of a list server with a list."""
    return (
        PageRoute(SUBSCRIBE, handlers.form, handlers.subscribe),
        PageRoute("/", handlers.form),
        _by_token(Purpose.CONFIRM, handlers.show_confirm, handlers.confirm),
        _by_token(Purpose.UNSUBSCRIBE, unsubscribe_handlers.show, unsubscribe_handlers.unsubscribe),
        _by_token(Purpose.PAGE, handlers.show_subscription, handlers.change_subscription),
        _by_token(Purpose.CHANGE_ADDRESS, handlers.show_address_change, handlers.change_address),
        PageRoute("/healthz", handlers.health),
    )


def unsubscribe_routes(unsubscribe_handlers: UnsubscribeHandlers) -> tuple[PageRoute, ...]:
    """The routes of a list server without a list."""
    return (
        _by_token(Purpose.UNSUBSCRIBE, unsubscribe_handlers.show, unsubscribe_handlers.unsubscribe),
        PageRoute("/healthz", _healthy),
    )


def application(
    rows: tuple[PageRoute, ...], pages: Pages, log: Callable[[str], None], running: Lifespan | None = None
) -> ASGIApp:
    """The ASGI application. `running` is its lifespan. `log` receives the lines of its log."""

    async def style(_request: Request) -> Response:
        return Response(
            pages.style, media_type="text/css", headers={"Cache-Control": "public, max-age=31536000, immutable"}
        )

    notices = Notices(pages)
    routes = [_route(row) for row in (*rows, PageRoute(pages.style_path, style))]
    exception_handlers: dict[Any, Any] = {
        RefusedError: notices.refused,
        HTTPException: notices.unrouted,
        Exception: notices.failed,
    }
    router = Router(routes, redirect_slashes=False)  # RFC 8058, section 3.1: no redirect
    app = Starlette(
        routes=[Mount(pages.base, router)] if pages.base else routes,
        exception_handlers=exception_handlers,
        lifespan=running or _nothing,
    )
    app.router.redirect_slashes = False
    return Guard(app, pages, log)


def _by_token(purpose: Purpose, get: Endpoint, post: Endpoint) -> PageRoute:
    return PageRoute(token_path(purpose, "{token}"), get, post)


def _route(row: PageRoute) -> Route:
    async def answer(request: Request) -> Response:
        request.scope["template"] = row.path
        endpoint = row.post if row.post and request.method == "POST" else row.get
        return await endpoint(request)

    return Route(row.path, answer, methods=["GET", "POST"] if row.post else ["GET"])


async def _healthy(_request: Request) -> Response:
    return Response("ok\n", media_type="text/plain")


@asynccontextmanager
async def _nothing(_app: Starlette) -> AsyncIterator[None]:
    yield
