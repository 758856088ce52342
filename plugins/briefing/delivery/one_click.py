"""Tests one-click unsubscribe with the requests that mailbox providers and link scanners make.

The link has a valid token for a reader who cannot exist, so that nothing changes.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpx

from briefing.delivery.store.tokens import NOBODY, Purpose
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from briefing.delivery.store.tokens import Tokens

_TIMEOUT: Final = 10.0  # seconds for each response
_OK: Final = 200
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_FORM: Final = {"List-Unsubscribe": "One-Click"}  # RFC 8058, section 3.1
_HINT: Final = "start the list server (listserver) and make sure that its URL reaches it, or pass --no-site-check"


@dataclass(frozen=True, slots=True)
class ProbeReply:
    """The status of a response, or `error`: why there is none."""

    status: int = 0
    error: str = ""


def probe_token(tokens: Tokens) -> str:
    """The token in the link for `require_one_click`."""
    return tokens.make(Purpose.UNSUBSCRIBE, NOBODY)


def require_one_click(url: str) -> None:
    """Raise BriefingError with what to do if `one_click_problems` finds any.

    `url`: as in List-Unsubscribe, with `probe_token`.
    """
    problems = one_click_problems(url)
    if problems:
        msg = f"one-click unsubscribe does not work: {problems[0]}; {_HINT}"
        raise BriefingError(msg)


def one_click_problems(url: str) -> tuple[str, ...]:
    """The problems of a one-click URL, each in words without its token.

    A POST of RFC 8058 and a GET must both get 200 without a redirect, and a POST to a forged link must not. Waits up to 10 seconds
    for each of the three. Must not be called from within an event loop.
    """
    host = urlsplit(url).netloc
    replies = asyncio.run(_request_all((("POST", url), ("GET", url), ("POST", _forged(url)))))
    problems = (
        judge(host, reply) for judge, reply in zip((post_problem, get_problem, forged_problem), replies, strict=False)
    )
    return tuple(filter(None, problems))


def post_problem(host: str, reply: ProbeReply) -> str:
    """The problem of the response to the POST of mailbox providers; "" if there is none."""
    if reply.error:
        return f"{host} {reply.error}"
    if reply.status in _REDIRECTS:
        return f"{host} redirects the POST, which mailbox providers do not follow (RFC 8058, section 3.1)"
    if 400 <= reply.status < 500:  # noqa: PLR2004 - RFC 9110, section 15.5
        return f"{host} refuses a valid link ({reply.status}): it is not a list server, or its BRIEFING_SECRET differs"
    return "" if reply.status == _OK else f"{host} responds to the POST with {reply.status}"


def get_problem(host: str, reply: ProbeReply) -> str:
    """The problem of the response to a GET, the page with the button; "" if there is none."""
    if reply.error or reply.status != _OK:
        return f"{host} {reply.error or f'responds with {reply.status}'}, so readers do not see the button"
    return ""


def forged_problem(host: str, reply: ProbeReply) -> str:
    """The problem of the response to a POST with a forged token; "" if there is none."""
    is_accepted = reply.status == _OK
    return f"{host} accepts a forged link: it is not a list server" if is_accepted else ""


def _forged(url: str) -> str:
    """The same with an invalid token."""
    return url[:-1] + ("0" if url[-1] != "0" else "1")


async def _request_all(requests: tuple[tuple[str, str], ...]) -> list[ProbeReply]:
    """The reply to each; the first without a response is the last."""
    replies: list[ProbeReply] = []
    async with httpx.AsyncClient(timeout=_TIMEOUT, headers={"user-agent": "briefing"}) as client:
        for method, url in requests:
            replies.append(await _request(client, method, url))
            if replies[-1].error:
                break
    return replies


async def _request(client: httpx.AsyncClient, method: str, url: str) -> ProbeReply:
    try:
        async with (
            asyncio.timeout(_TIMEOUT),
            client.stream(method, url, data=_FORM if method == "POST" else None) as response,
        ):
            return ProbeReply(response.status_code)
    except (TimeoutError, httpx.TimeoutException):
        return ProbeReply(error=f"does not respond within {_TIMEOUT:.0f} seconds")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return ProbeReply(error=f"cannot be reached ({str(error) or type(error).__name__})")
