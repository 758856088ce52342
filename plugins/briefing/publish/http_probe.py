"""Request addresses as a browser would, and return the responses."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

import httpx

from briefing.publish.image_signatures import SIGNATURE_LENGTH

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Iterable

_TIMEOUT: Final = 10.0  # seconds to connect, and for each chunk of a response
_TOTAL_TIMEOUT: Final = 30.0  # seconds for an address, with its redirects
_MAX_CONCURRENT: Final = 8
_MAX_REDIRECTS: Final = 3
_MAX_TEXT: Final = 8_000_000  # bytes
_HEADERS: Final = {"user-agent": "briefing", "accept-encoding": "identity"}


@dataclass(frozen=True, slots=True)
class ProbeResponse:
    """A response: status, content type without parameters, and content; or `error`, why there is none.

    content: up to 8 MB of text; of anything else only the first chunks, at least 1024 bytes if there are as many.
    """

    status: int = 0
    content_type: str = ""
    content: bytes = b""
    error: str = ""


def probe_all(addresses: Iterable[str], *, bypass_caches: bool = False) -> dict[str, ProbeResponse]:
    """Return the response to a GET of each address, within 30 seconds and after at most 3 redirects on the same host.

    Sends up to 8 requests at a time. Never raises for what the host does. Do not call it from an event loop.
    bypass_caches: ask caches on the way to revalidate with the host (RFC 9111, section 5.2.1.4).
    """
    headers = _HEADERS | ({"cache-control": "no-cache"} if bypass_caches else {})
    return asyncio.run(_probe_all(tuple(dict.fromkeys(addresses)), headers))


async def _probe_all(addresses: tuple[str, ...], headers: dict[str, str]) -> dict[str, ProbeResponse]:
    limit = asyncio.Semaphore(_MAX_CONCURRENT)

    async def probe(url: str) -> ProbeResponse:
        async with limit:
            return await _probe(client, url)

    async with httpx.AsyncClient(timeout=_TIMEOUT, headers=headers, verify=_ssl_context()) as client:
        return dict(zip(addresses, await asyncio.gather(*map(probe, addresses)), strict=True))


@cache
def _ssl_context() -> ssl.SSLContext:
    """Load the trusted certificates once: a site is requested many times."""
    return httpx.create_ssl_context()


async def _probe(client: httpx.AsyncClient, url: str) -> ProbeResponse:
    address = url
    try:
        async with asyncio.timeout(_TOTAL_TIMEOUT):
            for _ in range(_MAX_REDIRECTS + 1):
                result = await _get(client, address)
                if isinstance(result, ProbeResponse):
                    return result
                address, before = result, address
                if error := _redirect_error(before, address):
                    return ProbeResponse(error=error)
    except TimeoutError:
        return ProbeResponse(error=f"takes longer than {_TOTAL_TIMEOUT:.0f} seconds")
    except httpx.TimeoutException:
        return ProbeResponse(error=f"does not answer within {_TIMEOUT:.0f} seconds")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return ProbeResponse(error=f"cannot be reached ({str(error) or type(error).__name__})")
    return ProbeResponse(error=f"redirects more than {_MAX_REDIRECTS} times")


async def _get(client: httpx.AsyncClient, url: str) -> ProbeResponse | str:
    """Return a response, or the address that it redirects to."""
    async with client.stream("GET", url) as response:
        if response.has_redirect_location:
            return urljoin(url, response.headers["location"])
        content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        limit = _MAX_TEXT if _is_text(content_type) else SIGNATURE_LENGTH
        content = b"".join([chunk async for chunk in _read_chunks(response, limit)])
        return ProbeResponse(response.status_code, content_type, content)


async def _read_chunks(response: httpx.Response, limit: int) -> AsyncIterator[bytes]:
    """Yield chunks until there are at least `limit` bytes."""
    length = 0
    async for chunk in response.aiter_bytes():
        yield chunk
        length += len(chunk)
        if length >= limit:
            return


def _is_text(content_type: str) -> bool:
    return content_type.startswith("text/") or content_type.endswith(("xml", "json"))


def _redirect_error(before: str, after: str) -> str:
    """Return why a redirect is not followed; "" if it is."""
    old, new = urlsplit(before), urlsplit(after)
    if new.hostname == old.hostname and new.scheme in {"https", old.scheme}:
        return ""
    return f"redirects to another site, {new.scheme}://{new.hostname}"
