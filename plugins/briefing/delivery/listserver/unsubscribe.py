"""One-click unsubscribe (RFC 8058): the same with a list and without one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from briefing.delivery.listserver.refusals import broken_link
from briefing.delivery.store.tokens import Purpose, TokenInvalidError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from briefing.delivery.listserver.rendering import Pages
    from briefing.delivery.store.tokens import Tokens


@dataclass(frozen=True, slots=True)
class UnsubscribeHandlers:
    """The responses at /u/TOKEN. end: called with reader, token and time; whether they are unsubscribed now."""

    pages: Pages
    tokens: Tokens
    end: Callable[[str, str, int], bool]
    clock: Callable[[], int]

    async def show(self, request: Request) -> HTMLResponse:
        """GET: only a button, because link scanners open it too."""
        self._reader(request)
        return HTMLResponse(self.pages.button("unsubscribe"))

    async def unsubscribe(self, request: Request) -> HTMLResponse:
        """POST, by a person or a mailbox provider. Can be repeated. The body is ignored."""
        reader = self._reader(request)
        is_unsubscribed = await run_in_threadpool(self.end, reader, request.path_params["token"], self.clock())
        return HTMLResponse(self.pages.notice("left" if is_unsubscribed else "nobody"))

    def _reader(self, request: Request) -> str:
        try:
            return self.tokens.read(Purpose.UNSUBSCRIBE, request.path_params["token"], self.clock()).reader
        except TokenInvalidError as error:
            raise broken_link() from error
