"""A provider's HTTP interface: every answer is a JSON object, or an error in a sentence without a secret."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import urlsplit

from briefing.delivery.sending.transports.endpoints import redact
from briefing.delivery.sending.transports.http_call import NoAnswer, call, open_client, reason_of, retry_after
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from briefing.delivery.sending.transports.http_call import ServiceAnswer

_OK: Final = range(200, 300)
_REFUSED: Final = (401, 403)
_ELSEWHERE: Final = (*range(300, 400), 404, 405)
_LIMIT: Final = 429
_BROKEN: Final = 500
_WORDS: Final = ("message", "detail", "error")
_AGAIN: Final = "run the same command again: it goes on with the draft that is there"


@dataclass(frozen=True, slots=True)
class ProviderApi:
    """One provider. base: what stands before every path. variables: the environment's, whose values `secrets` are."""

    name: str
    base: str
    headers: Mapping[str, str] = field(repr=False)
    variables: str
    secrets: tuple[str, ...] = field(repr=False)

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """Ask for something. `path` may be a whole address that the provider named, of this provider only."""
        return self._ask("GET", path, params=params)

    def write(self, method: str, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make or change something, once."""
        return self._ask(method, path, body=body)

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Mapping[str, Any]:
        url = path if "://" in path else f"{self.base}{path}"
        if urlsplit(url)[:2] != urlsplit(self.base)[:2]:
            self._fail("leads to another host, which would be given the key")

        async def go() -> ServiceAnswer | NoAnswer:
            async with open_client(1, self.headers) as client:
                return await call(client, method, url, body=body, params=params)

        answer = asyncio.run(go())
        if isinstance(answer, NoAnswer):
            self._fail(f"gave no answer; {_AGAIN}" if answer.has_left else reason_of(answer))
        if answer.status not in _OK:
            self._refuse(answer)
        if answer.body is None:
            self._fail("answers something else than its interface; look at the address")
        return answer.body

    def _refuse(self, answer: ServiceAnswer) -> NoReturn:
        if answer.status in _REFUSED:
            self._fail(f"refuses the key ({answer.status}); set {self.variables} to one that may write drafts")
        if answer.status == _LIMIT:
            seconds = retry_after(answer.headers, time.time())
            self._fail(f"asks to wait {seconds:.0f} seconds; {_AGAIN}")
        if answer.status >= _BROKEN:
            self._fail(f"failed ({answer.status}); {_AGAIN}")
        if answer.status in _ELSEWHERE:
            self._fail(f"refuses ({answer.status}): its interface is not there; look at host and path in the URL")
        said = [redact((answer.body or {}).get(word), self.secrets) for word in ("code", *_WORDS)]
        why = ": ".join(filter(None, said)) or "it does not say why; look at the URL, and at the provider's own pages"
        self._fail(f"refuses ({answer.status}): {why}")

    def _fail(self, why: str) -> NoReturn:
        msg = f"{self.name} at {urlsplit(self.base).netloc} {why}"
        raise BriefingError(msg)
