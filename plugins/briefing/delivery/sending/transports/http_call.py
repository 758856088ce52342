"""One call of a service over HTTP, and what is known after it. Nothing is called twice here."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from briefing.delivery.sending.transports.contract import UnreachableError

AGENT: Final = "briefing"
TAG: Final = "delivery"
"""The name under which services keep `Envelope.key` with a message, and give it back in their events."""

LOOK: Final = "look at the URL, at this machine's network, and whether the service is up"
"""What to do where a service cannot be reached."""

_CERTIFICATE: Final = "certificate"
_UNREACHABLE: Final = "unreachable"
_CONNECT: Final = 10.0  # seconds
_ANSWER: Final = 30.0  # seconds without a word
_WHOLE: Final = 90.0  # seconds for all of a call
_LARGEST: Final = 16 << 20  # octets of an answer; a list of drafts may hold their texts
_AGAIN: Final = 30.0  # seconds until a service that could not be reached is asked again
_LONGEST_WAIT: Final = 24 * 60 * 60.0
_WRITING: Final = "http11.send_request_body.started"  # httpcore's name for it


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """What a service said. `body`: its JSON object, None where it was none. Header names are of small letters."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No whole answer came.

    reason: `unreachable`, `certificate`, `timeout` or `dropped`; no free text, which may hold an address.
    has_left: whether the service may hold the request. It does not before the first octet of its body was written.
    """

    reason: str
    has_left: bool


def open_client(connections: int, headers: Mapping[str, str]) -> httpx.AsyncClient:
    """A client that follows no redirects and repeats nothing; `headers` go with every request."""
    return httpx.AsyncClient(
        headers={"user-agent": AGENT, **headers},
        timeout=httpx.Timeout(_ANSWER, connect=_CONNECT, pool=None),
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
    )


async def call(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    body: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
) -> ServiceAnswer | NoAnswer:
    """Make one request, with a JSON object as its body. Never raises for what the other side does."""
    seen: set[str] = set()

    async def note(event: str, _: object) -> None:
        seen.add(event)

    try:
        async with (
            asyncio.timeout(_WHOLE),
            client.stream(
                method, url, json=body, headers=headers, params=params, extensions={"trace": note}
            ) as response,
        ):
            octets = bytearray()
            async for piece in response.aiter_bytes():
                octets += piece
                if len(octets) > _LARGEST:
                    return NoAnswer("dropped", has_left=True)
            return ServiceAnswer(response.status_code, response.headers, _object(bytes(octets)))
    except (TimeoutError, httpx.HTTPError) as error:
        return NoAnswer(_reason(error), has_left=_WRITING in seen)


def unreachable(url: str, lost: NoAnswer) -> UnreachableError:
    """What to raise where a service cannot be reached; a certificate does not mend itself, all else may."""
    return UnreachableError(f"{urlsplit(url).netloc} {reason_of(lost)}", 0 if lost.reason == _CERTIFICATE else _AGAIN)


def reason_of(lost: NoAnswer) -> str:
    """What to say of a service that was not reached, and what to do."""
    if lost.reason == _CERTIFICATE:
        return "shows a certificate that is not valid here; look at the URL and the clock"
    return f"cannot be reached{'' if lost.reason == _UNREACHABLE else f' ({lost.reason})'}; {LOOK}"


def retry_after(headers: Mapping[str, str], now: float) -> float:
    """The seconds that `Retry-After` (RFC 9110, section 10.2.3) asks to wait, at most a day; 0 where it asks nothing."""
    said = headers.get("retry-after", "").strip()
    try:
        seconds = float(said) if said.isascii() and said.isdigit() else _until(said, now)
    except (ValueError, OverflowError):
        return 0
    return min(max(seconds, 0), _LONGEST_WAIT)


def _until(date: str, now: float) -> float:
    moment = parsedate_to_datetime(date)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now


def _object(octets: bytes) -> Mapping[str, Any] | None:
    try:
        read = json.loads(octets)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, Mapping) else None


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        return _CERTIFICATE if "CERTIFICATE_VERIFY_FAILED" in str(error) else _UNREACHABLE
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return _UNREACHABLE if isinstance(error, httpx.ConnectTimeout) else "timeout"
    return "dropped"
