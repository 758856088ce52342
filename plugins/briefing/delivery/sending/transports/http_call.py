"""One call of a service over HTTP, and what is known after it. Nothing is retried here."""

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
"""The tag under which services store `Envelope.key` with a message, and return it in their events."""

CHECK: Final = "check the URL, this machine's network, and whether the service is up"
"""What to do if a service cannot be reached."""

_CERTIFICATE: Final = "certificate"
_UNREACHABLE: Final = "unreachable"
_CONNECT: Final = 10.0  # seconds
_ANSWER: Final = 30.0  # seconds without any data
_WHOLE: Final = 90.0  # seconds for all of a call
_LARGEST: Final = 16 << 20  # octets of a response; a list of drafts may contain their texts
_AGAIN: Final = 30.0  # seconds until a service that could not be reached is called again
_LONGEST_WAIT: Final = 24 * 60 * 60.0
_WRITING: Final = "http11.send_request_body.started"  # httpcore's name for it


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """A response. `body`: its JSON object, None if it was not one. Header names are lower-case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """There was no complete response.

    reason: `unreachable`, `certificate`, `timeout` or `dropped`; no free text, which may contain an address.
    has_left: whether the service may have received the request: not before the first octet of its body was written.
    """

    reason: str
    has_left: bool


def open_client(connections: int, headers: Mapping[str, str]) -> httpx.AsyncClient:
    """A client that follows no redirects and retries nothing. `headers` are sent with every request."""
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
    """Make one request, with a JSON object as its body. Never raises an exception for what the other side does."""
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
    """The error for a service that cannot be reached. A bad certificate stays bad; for the rest a retry makes sense."""
    return UnreachableError(f"{urlsplit(url).netloc} {reason_of(lost)}", 0 if lost.reason == _CERTIFICATE else _AGAIN)


def reason_of(lost: NoAnswer) -> str:
    """Why a service was not reached, and what to do."""
    if lost.reason == _CERTIFICATE:
        return "has a certificate that is not valid here; check the URL and this machine's clock"
    return f"cannot be reached{'' if lost.reason == _UNREACHABLE else f' ({lost.reason})'}; {CHECK}"


def retry_after(headers: Mapping[str, str], now: float) -> float:
    """The seconds to wait according to `Retry-After` (RFC 9110, section 10.2.3), at most a day; 0 if there is none."""
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value) if value.isascii() and value.isdigit() else _until(value, now)
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
