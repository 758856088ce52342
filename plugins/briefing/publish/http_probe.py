"""What hosts answer to addresses, asked as a reader's program would ask."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

import httpx

from briefing.publish.image_signatures import NEEDED

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Iterable

_WAIT: Final = 10.0  # seconds for each step: connecting, and every piece of an answer
_WHOLE: Final = 30.0  # seconds for an address, redirects included
_AT_ONCE: Final = 8
_REDIRECTS: Final = 3
_MOST: Final = 8_000_000  # octets of an answer that are looked at
_HEADERS: Final = {"user-agent": "briefing", "accept-encoding": "identity"}


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """status, kind (the content type without parameters) and content; or `fault`, why there is none of them.

    content: up to 8 MB of a text; of anything else only the first pieces, 1024 octets at least where there are as many.
    """

    status: int = 0
    kind: str = ""
    content: bytes = b""
    fault: str = ""


def ask_all(addresses: Iterable[str], *, past_caches: bool = False) -> dict[str, ProbeAnswer]:
    """The answer to a GET of each address, within 30 seconds and after at most 3 redirects, all on the same host.

    Up to 8 at once. Never raises for what the other side does. Not to be called from within an event loop.
    past_caches: ask caches on the way to ask the host again (RFC 9111, section 5.2.1.4).
    """
    headers = _HEADERS | ({"cache-control": "no-cache"} if past_caches else {})
    return asyncio.run(_ask_all(tuple(dict.fromkeys(addresses)), headers))


async def _ask_all(addresses: tuple[str, ...], headers: dict[str, str]) -> dict[str, ProbeAnswer]:
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(url: str) -> ProbeAnswer:
        async with turns:
            return await _ask(client, url)

    async with httpx.AsyncClient(timeout=_WAIT, headers=headers, verify=_trusted()) as client:
        return dict(zip(addresses, await asyncio.gather(*map(one, addresses)), strict=True))


@cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates are trusted; read once, since a site is asked many times while it is waited for."""
    return httpx.create_ssl_context()


async def _ask(client: httpx.AsyncClient, url: str) -> ProbeAnswer:
    address = url
    try:
        async with asyncio.timeout(_WHOLE):
            for _ in range(_REDIRECTS + 1):
                found = await _step(client, address)
                if isinstance(found, ProbeAnswer):
                    return found
                address, before = found, address
                if fault := _strayed(before, address):
                    return ProbeAnswer(fault=fault)
    except TimeoutError:
        return ProbeAnswer(fault=f"takes longer than {_WHOLE:.0f} seconds")
    except httpx.TimeoutException:
        return ProbeAnswer(fault=f"does not answer within {_WAIT:.0f} seconds")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return ProbeAnswer(fault=f"cannot be reached ({str(error) or type(error).__name__})")
    return ProbeAnswer(fault=f"is redirected more than {_REDIRECTS} times")


async def _step(client: httpx.AsyncClient, url: str) -> ProbeAnswer | str:
    """An answer, or where it leads instead."""
    async with client.stream("GET", url) as response:
        if response.has_redirect_location:
            return urljoin(url, response.headers["location"])
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        content = b"".join([piece async for piece in _pieces(response, whole=_is_text(kind))])
        return ProbeAnswer(response.status_code, kind, content)


async def _pieces(response: httpx.Response, *, whole: bool) -> AsyncIterator[bytes]:
    length = 0
    async for piece in response.aiter_bytes():
        yield piece
        length += len(piece)
        if length >= (_MOST if whole else NEEDED):
            return


def _is_text(kind: str) -> bool:
    return kind.startswith("text/") or kind.endswith(("xml", "json"))


def _strayed(before: str, after: str) -> str:
    """Why a redirect is not followed; "" where it is."""
    old, new = urlsplit(before), urlsplit(after)
    if new.hostname == old.hostname and new.scheme in {"https", old.scheme}:
        return ""
    return f"leads elsewhere, to {new.scheme}://{new.hostname}"
