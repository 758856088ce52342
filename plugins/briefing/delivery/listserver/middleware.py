"""For every response: its headers, its line in the log, and a page if something failed."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse

from briefing.delivery.listserver.refusals import RefusedError
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.exceptions import HTTPException
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from briefing.delivery.listserver.rendering import Pages

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_NAMES: Final = {HTTPStatus.NOT_FOUND: "unknown", HTTPStatus.METHOD_NOT_ALLOWED: "method"}
HEAD: Final = 16 * 1024
"""Bytes of a request's head: its method, address and header fields."""
FIELDS: Final = 100
"""Header fields of a request."""
TOO_LARGE: Final = "The request's headers are too large."
_CLOSED: Final = 499  # logged if the client closed the connection


@dataclass(frozen=True, slots=True)
class Guard:
    """Wraps an application.

    A line of the log has the method, the path with `{token}` instead of a token, the status and milliseconds. Neither it nor
    the line about an error contains a client, a reader's address or a token.
    """

    app: ASGIApp
    pages: Pages
    log: Callable[[str], None]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()
        status = 0

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        app = _refuse_head if _is_head_too_large(scope) else self.app
        try:
            await app(scope, receive, guarded)
        except ClientDisconnect:
            status = _CLOSED
        except Exception as error:  # noqa: BLE001 - outermost; an unknown error's text must not be logged
            self.log(error_line(error))  # `Notices.failed` has responded
        milliseconds = (time.perf_counter() - start) * 1000
        self.log(f"{_method(scope)} {_template(scope)} {status} {milliseconds:.0f} ms")


@dataclass(frozen=True, slots=True)
class Notices:
    """Errors -> pages, for Starlette's table of exception handlers."""

    pages: Pages

    async def refused(self, _request: Request, error: Exception) -> HTMLResponse:
        """A RefusedError."""
        assert isinstance(error, RefusedError)  # noqa: S101 - by the table
        return HTMLResponse(self.pages.notice(error.name), error.status, dict(error.headers))

    async def unrouted(self, _request: Request, error: Any) -> HTMLResponse:  # noqa: ANN401 - an HTTPException, by the table
        """No such path, or not with this method."""
        found: HTTPException = error
        name = _NAMES.get(HTTPStatus(found.status_code), "unreadable")
        return HTMLResponse(self.pages.notice(name), found.status_code, dict(found.headers or {}))

    async def failed(self, _request: Request, _error: Exception) -> HTMLResponse:
        """An error of ours or of the database; the client can try again."""
        return HTMLResponse(self.pages.notice("failed"), HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "60"})


def error_line(error: Exception) -> str:
    """Our own errors with their text, which contains no address; others only with their place."""
    if isinstance(error, BriefingError):
        return f"error: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    places = "; ".join(f"{frame.filename}:{frame.lineno}" for frame in frames[-6:])
    return f"error: {type(error).__name__} at {places}"


def _is_head_too_large(scope: Scope) -> bool:
    """Whether it exceeds `HEAD` or `FIELDS`: uvicorn does not limit a head that arrives in one piece."""
    fields = scope["headers"]
    size = (
        len(scope.get("raw_path") or scope["path"])
        + len(scope["query_string"])
        + sum(len(name) + len(value) + 4 for name, value in fields)
    )
    return len(fields) > FIELDS or size > HEAD


async def _refuse_head(scope: Scope, receive: Receive, send: Send) -> None:
    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    await PlainTextResponse(f"{TOO_LARGE}\n", status, {"Connection": "close"})(scope, receive, send)


def _method(scope: Scope) -> str:
    method: str = scope["method"]
    return method if method.isalpha() and len(method) < 10 else "?"  # noqa: PLR2004 - unknown methods


def _template(scope: Scope) -> str:
    """The path as in the table of routes; `-` if there is no such route."""
    return str(scope.get("template", "-"))
