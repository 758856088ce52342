"""One-click unsubscribing (RFC 8058): the same with a list and without one."""

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
    """Answers at /u/TOKEN. leave: given the reader, the token and the time, whether somebody is off the list now."""

    pages: Pages
    tokens: Tokens
    leave: Callable[[str, str, int], bool]
    clock: Callable[[], int]

    async def show(self, request: Request) -> HTMLResponse:
        """GET, which link scanners do too: a button."""
        self._reader(request)
        return HTMLResponse(self.pages.button("unsubscribe"))

    async def act(self, request: Request) -> HTMLResponse:
        """POST, by a person or a mailbox provider: done, as often as it is asked for; the body is not even read."""
        reader = self._reader(request)
        is_off = await run_in_threadpool(self.leave, reader, request.path_params["token"], self.clock())
        return HTMLResponse(self.pages.notice("left" if is_off else "nobody"))

    def _reader(self, request: Request) -> str:
        try:
            return self.tokens.read(Purpose.UNSUBSCRIBE, request.path_params["token"], self.clock()).reader
        except TokenInvalidError as error:
            raise broken_link() from error
