"""The responses of a list server with a list, except for /u/TOKEN (`unsubscribe`)."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from dataclasses import dataclass
from http import HTTPStatus
from math import ceil
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, PlainTextResponse

from briefing.delivery.listserver.form_bodies import read_form
from briefing.delivery.listserver.rate_limits import client_key
from briefing.delivery.listserver.refusals import RefusedError, broken_link, expired_link
from briefing.delivery.store.email_addresses import InvalidAddressError, mask_address, parse_address
from briefing.delivery.store.tokens import Purpose, TokenExpiredError, TokenInvalidError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from briefing.delivery.listserver.operations import Operations
    from briefing.delivery.listserver.rate_limits import Limiter
    from briefing.delivery.listserver.rendering import Pages
    from briefing.delivery.store.tokens import TokenClaim, Tokens

HONEYPOT: Final = "leave-empty"
"""A form field that people do not see."""
PAUSES: Final[Mapping[str, int]] = {"pause-30": 30, "pause-90": 90, "resume": 0}
"""Days, by the value of the button."""
MIN_SECONDS: Final = 0.25
"""The minimum time of a response to the form, so that it reveals nothing about an address."""
_DAY: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Handlers:
    """clock: seconds since 1970. queued: called after a notification may have been queued."""

    pages: Pages
    tokens: Tokens
    operations: Operations
    limiter: Limiter
    clock: Callable[[], int]
    queued: Callable[[], None]

    async def form(self, _request: Request) -> HTMLResponse:
        """GET /subscribe, and GET /."""
        return HTMLResponse(self.pages.join())

    async def subscribe(self, request: Request) -> HTMLResponse:
        """POST /subscribe: the same response after the same time, whether an address is known or not."""
        start = time.monotonic()
        fields = await read_form(request)
        typed = fields.get("email", "")
        try:
            mailbox = parse_address(typed)
        except InvalidAddressError as error:
            return HTMLResponse(self.pages.join(typed, _sentence(error)), HTTPStatus.UNPROCESSABLE_ENTITY)
        self._limit(request)
        if not fields.get(HONEYPOT):
            await run_in_threadpool(self.operations.request_subscription, mailbox, self.clock())
            self.queued()
        await asyncio.sleep(max(0.0, start + MIN_SECONDS - time.monotonic()))
        return HTMLResponse(self.pages.notice("asked"))

    async def show_confirm(self, request: Request) -> HTMLResponse:
        """GET /c/TOKEN: a button to confirm."""
        self._claim(request, Purpose.CONFIRM)
        return HTMLResponse(self.pages.button("confirm"))

    async def confirm(self, request: Request) -> HTMLResponse:
        """POST /c/TOKEN: the reader is subscribed."""
        claim = self._claim(request, Purpose.CONFIRM)
        if not await run_in_threadpool(self.operations.confirm, claim.reader, claim.number, self.clock()):
            raise RefusedError(HTTPStatus.GONE, "used")
        self.queued()
        return await self._done("confirmed", claim.reader)

    async def show_subscription(self, request: Request) -> HTMLResponse:
        """GET /p/TOKEN: the reader's subscription page."""
        return await self._subscription(self._claim(request, Purpose.PAGE).reader)

    async def change_subscription(self, request: Request) -> HTMLResponse:
        """POST /p/TOKEN: its buttons."""
        reader = self._claim(request, Purpose.PAGE).reader
        fields = await read_form(request)
        match fields.get("do", ""):
            case "leave":
                await run_in_threadpool(self.operations.unsubscribe, reader, self.clock())
                return HTMLResponse(self.pages.notice("left"))
            case "move":
                return await self._request_address_change(request, reader, fields.get("email", ""))
            case choice if choice in PAUSES:
                until = self.clock() + PAUSES[choice] * _DAY if PAUSES[choice] else 0
                await run_in_threadpool(self.operations.pause, reader, until)
                return await self._subscription(reader, done=choice)
        raise RefusedError(HTTPStatus.BAD_REQUEST, "unreadable")

    async def show_address_change(self, request: Request) -> HTMLResponse:
        """GET /m/TOKEN: a button to confirm the new address."""
        self._claim(request, Purpose.CHANGE_ADDRESS)
        return HTMLResponse(self.pages.button("move"))

    async def change_address(self, request: Request) -> HTMLResponse:
        """POST /m/TOKEN: the new address is in use."""
        claim = self._claim(request, Purpose.CHANGE_ADDRESS)
        if not await run_in_threadpool(self.operations.change_address, claim.reader, claim.number, self.clock()):
            raise RefusedError(HTTPStatus.GONE, "not-moved")
        self.queued()
        return await self._done("moved", claim.reader)

    async def health(self, _request: Request) -> PlainTextResponse:
        """GET /healthz: whether the database can be read."""
        await run_in_threadpool(self.operations.subscriber, "")
        return PlainTextResponse("ok\n")

    async def _request_address_change(self, request: Request, reader: str, typed: str) -> HTMLResponse:
        try:
            mailbox = parse_address(typed)
        except InvalidAddressError as error:
            return await self._subscription(reader, error=(typed, _sentence(error)))
        self._limit(request)
        await run_in_threadpool(self.operations.request_address_change, reader, mailbox, self.clock())
        self.queued()
        return await self._subscription(reader, done="move")

    async def _done(self, name: str, reader: str) -> HTMLResponse:
        """A notice that links to the subscription page, and mentions a pause."""
        known = await run_in_threadpool(self.operations.subscriber, reader)
        paused = self.pages.paused_until(known, self._now()) if known else None
        return HTMLResponse(self.pages.notice(name, self.tokens.make(Purpose.PAGE, reader), paused))

    def _now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.clock(), dt.UTC)

    async def _subscription(self, reader: str, *, done: str = "", error: tuple[str, str] = ("", "")) -> HTMLResponse:
        known = await run_in_threadpool(self.operations.subscriber, reader)
        if known is None:
            raise RefusedError(HTTPStatus.GONE, "nobody")
        now = self._now()
        status = HTTPStatus.UNPROCESSABLE_ENTITY if error[1] else HTTPStatus.OK
        return HTMLResponse(self.pages.own(known, mask_address(known.address), now, done=done, error=error), status)

    def _claim(self, request: Request, purpose: Purpose) -> TokenClaim:
        try:
            return self.tokens.read(purpose, request.path_params["token"], self.clock())
        except TokenInvalidError as error:
            raise broken_link() from error
        except TokenExpiredError as error:
            raise expired_link() from error

    def _limit(self, request: Request) -> None:
        wait = self.limiter.wait(client_key(request.client.host if request.client else ""), time.monotonic())
        if wait:
            raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, "often", {"Retry-After": str(ceil(wait))})


def _sentence(error: InvalidAddressError) -> str:
    return f"This address {error.what}."
