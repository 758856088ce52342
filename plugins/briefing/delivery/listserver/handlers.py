"""What is answered to whom: each address of a list that is kept here, but for /u/TOKEN (`leaving`)."""

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

TRAP: Final = "leave-empty"
"""A field that people do not see."""
PAUSES: Final[Mapping[str, int]] = {"pause-30": 30, "pause-90": 90, "resume": 0}
"""Days, by what the button says."""
SLOWEST: Final = 0.25
"""Seconds that every answer to the form takes at least, so that its time tells nothing about an address."""
_DAY: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Handlers:
    """clock: seconds since 1970. queued: called when a letter may wait to be sent."""

    pages: Pages
    tokens: Tokens
    operations: Operations
    limiter: Limiter
    clock: Callable[[], int]
    queued: Callable[[], None]

    async def form(self, _request: Request) -> HTMLResponse:
        """GET /subscribe, and the server's own address without anything behind it."""
        return HTMLResponse(self.pages.join())

    async def subscribe(self, request: Request) -> HTMLResponse:
        """POST /subscribe: the same answer after the same time, whether an address is known or not."""
        begun = time.monotonic()
        fields = await read_form(request)
        typed = fields.get("email", "")
        try:
            mailbox = parse_address(typed)
        except InvalidAddressError as error:
            return HTMLResponse(self.pages.join(typed, str(error)), HTTPStatus.UNPROCESSABLE_ENTITY)
        self._limit(request)
        if not fields.get(TRAP):
            await run_in_threadpool(self.operations.ask, mailbox, self.clock())
            self.queued()
        await asyncio.sleep(max(0.0, begun + SLOWEST - time.monotonic()))
        return HTMLResponse(self.pages.notice("asked"))

    async def show_confirm(self, request: Request) -> HTMLResponse:
        """GET /c/TOKEN: a button."""
        self._claim(request, Purpose.CONFIRM)
        return HTMLResponse(self.pages.button("confirm"))

    async def confirm(self, request: Request) -> HTMLResponse:
        """POST /c/TOKEN: on the list."""
        claim = self._claim(request, Purpose.CONFIRM)
        if not await run_in_threadpool(self.operations.confirm, claim.reader, claim.number, self.clock()):
            raise RefusedError(HTTPStatus.GONE, "used")
        self.queued()
        return await self._done("confirmed", claim.reader)

    async def show_own(self, request: Request) -> HTMLResponse:
        """GET /p/TOKEN: the reader's own page."""
        return await self._own(self._claim(request, Purpose.PAGE).reader)

    async def act_own(self, request: Request) -> HTMLResponse:
        """POST /p/TOKEN: what its buttons say."""
        reader = self._claim(request, Purpose.PAGE).reader
        fields = await read_form(request)
        match fields.get("do", ""):
            case "leave":
                await run_in_threadpool(self.operations.leave, reader, self.clock())
                return HTMLResponse(self.pages.notice("left"))
            case "move":
                return await self._ask_move(request, reader, fields.get("email", ""))
            case choice if choice in PAUSES:
                until = self.clock() + PAUSES[choice] * _DAY if PAUSES[choice] else 0
                await run_in_threadpool(self.operations.pause, reader, until)
                return await self._own(reader, done=choice)
        raise RefusedError(HTTPStatus.BAD_REQUEST, "unreadable")

    async def show_move(self, request: Request) -> HTMLResponse:
        """GET /m/TOKEN: a button."""
        self._claim(request, Purpose.CHANGE_ADDRESS)
        return HTMLResponse(self.pages.button("move"))

    async def move(self, request: Request) -> HTMLResponse:
        """POST /m/TOKEN: the new address is in use."""
        claim = self._claim(request, Purpose.CHANGE_ADDRESS)
        if not await run_in_threadpool(self.operations.move, claim.reader, claim.number, self.clock()):
            raise RefusedError(HTTPStatus.GONE, "not-moved")
        self.queued()
        return await self._done("moved", claim.reader)

    async def health(self, _request: Request) -> PlainTextResponse:
        """GET /healthz: whether the list can be read."""
        await run_in_threadpool(self.operations.look, "")
        return PlainTextResponse("ok\n")

    async def _ask_move(self, request: Request, reader: str, typed: str) -> HTMLResponse:
        try:
            mailbox = parse_address(typed)
        except InvalidAddressError as error:
            return await self._own(reader, fault=(typed, str(error)))
        self._limit(request)
        await run_in_threadpool(self.operations.ask_move, reader, mailbox, self.clock())
        self.queued()
        return await self._own(reader, done="move")

    async def _done(self, name: str, reader: str) -> HTMLResponse:
        """A notice that leads to the reader's own page, and promises no issue before a pause is over."""
        known = await run_in_threadpool(self.operations.look, reader)
        paused = self.pages.paused_until(known, self._moment()) if known else None
        return HTMLResponse(self.pages.notice(name, self.tokens.make(Purpose.PAGE, reader), paused))

    def _moment(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.clock(), dt.UTC)

    async def _own(self, reader: str, *, done: str = "", fault: tuple[str, str] = ("", "")) -> HTMLResponse:
        known = await run_in_threadpool(self.operations.look, reader)
        if known is None:
            raise RefusedError(HTTPStatus.GONE, "nobody")
        now = self._moment()
        status = HTTPStatus.UNPROCESSABLE_ENTITY if fault[1] else HTTPStatus.OK
        return HTMLResponse(self.pages.own(known, mask_address(known.address), now, done=done, fault=fault), status)

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
