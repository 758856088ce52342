"""A provider's HTTP API: every response is a JSON object, or an error message without secrets."""

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
_RETRY: Final = "run the same command again: it continues with the existing draft"


@dataclass(frozen=True, slots=True)
class ProviderApi:
    """One provider. base: the URL before every path. variables: the environment variables that `secrets` come from."""

    name: str
    base: str
    headers: Mapping[str, str] = field(repr=False)
    variables: str
    secrets: tuple[str, ...] = field(repr=False)

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """GET a path, or a whole URL of this provider."""
        return self._request("GET", path, params=params)

    def write(self, method: str, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Create or change something, once."""
        return self._request(method, path, body=body)

    def _request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Mapping[str, Any]:
        url = path if "://" in path else f"{self.base}{path}"
        if urlsplit(url)[:2] != urlsplit(self.base)[:2]:
            self._fail("links to another host, which would receive the key")

        async def request() -> ServiceAnswer | NoAnswer:
            async with open_client(1, self.headers) as client:
                return await call(client, method, url, body=body, params=params)

        answer = asyncio.run(request())
        if isinstance(answer, NoAnswer):
            self._fail(f"did not respond; {_RETRY}" if answer.has_left else reason_of(answer))
        if answer.status not in _OK:
            self._refuse(answer)
        if answer.body is None:
            self._fail("does not respond like its API; check the URL")
        return answer.body

    def _refuse(self, answer: ServiceAnswer) -> NoReturn:
        if answer.status in _REFUSED:
            self._fail(f"refuses the key ({answer.status}); set {self.variables} to one that can write drafts")
        if answer.status == _LIMIT:
            seconds = retry_after(answer.headers, time.time())
            self._fail(f"asks to wait {seconds:.0f} seconds; {_RETRY}")
        if answer.status >= _BROKEN:
            self._fail(f"failed ({answer.status}); {_RETRY}")
        if answer.status in _ELSEWHERE:
            self._fail(f"refuses ({answer.status}): its API was not found; check host and path in the URL")
        reasons = [redact((answer.body or {}).get(word), self.secrets) for word in ("code", *_WORDS)]
        why = ": ".join(filter(None, reasons)) or "it gives no reason; check the URL and the provider's website"
        self._fail(f"refuses ({answer.status}): {why}")

    def _fail(self, why: str) -> NoReturn:
        msg = f"{self.name} at {urlsplit(self.base).netloc} {why}"
        raise BriefingError(msg)
