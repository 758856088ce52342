"""Whether one-click unsubscribing works, asked as a mailbox provider and a link scanner would ask.

What is asked for is the link of nobody: a good token for a reader who cannot be, so that nothing changes.
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

_WAIT: Final = 10.0  # seconds for each answer
_FOUND: Final = 200
_GONE: Final = (301, 302, 303, 307, 308)
_FORM: Final = {"List-Unsubscribe": "One-Click"}  # RFC 8058, section 3.1
_MEND: Final = "start the list server (listserver) and lead its address to it, or leave this out: --no-site-check"


@dataclass(frozen=True, slots=True)
class ProbeReply:
    """The status of an answer, or `fault`: why there is none."""

    status: int = 0
    fault: str = ""


def probe_token(tokens: Tokens) -> str:
    """What stands in the link that `require_one_click` is given."""
    return tokens.make(Purpose.UNSUBSCRIBE, NOBODY)


def require_one_click(url: str) -> None:
    """Raise BriefingError, saying what to do, where `one_click_faults` finds anything.

    `url`: what List-Unsubscribe would hold, with the token of nobody.
    """
    faults = one_click_problems(url)
    if faults:
        msg = f"one-click unsubscribing does not work: {faults[0]}; {_MEND}"
        raise BriefingError(msg)


def one_click_problems(url: str) -> tuple[str, ...]:
    """What is wrong with a one-click address, each in a sentence without its token; empty where nothing is.

    A POST of RFC 8058 and a GET must both answer 200 without redirect, and a POST to a forged link must not. Waits at
    most 10 seconds for each of the three. Not to be called from within an event loop.
    """
    host = urlsplit(url).netloc
    replies = asyncio.run(_ask_all((("POST", url), ("GET", url), ("POST", _forged(url)))))
    judged = (judge(host, reply) for judge, reply in zip((post_fault, get_fault, forged_fault), replies, strict=False))
    return tuple(filter(None, judged))


def post_fault(host: str, reply: ProbeReply) -> str:
    """What is wrong with the answer to the POST by which mailbox providers unsubscribe; "" where nothing is."""
    if reply.fault:
        return f"{host} {reply.fault}"
    if reply.status in _GONE:
        return f"{host} redirects the POST, which mailbox providers do not follow (RFC 8058, section 3.1)"
    if 400 <= reply.status < 500:  # noqa: PLR2004 - RFC 9110, section 15.5
        return f"{host} refuses a good link ({reply.status}): it is not a list server, or has another BRIEFING_SECRET"
    return "" if reply.status == _FOUND else f"{host} answers {reply.status} to the POST"


def get_fault(host: str, reply: ProbeReply) -> str:
    """What is wrong with the answer to a GET, the page with the button; "" where nothing is."""
    if reply.fault or reply.status != _FOUND:
        return f"{host} {reply.fault or f'answers {reply.status}'} where readers look for the button"
    return ""


def forged_fault(host: str, reply: ProbeReply) -> str:
    """What is wrong with the answer to a POST by which nobody may be unsubscribed; "" where nothing is."""
    is_taken = reply.status == _FOUND
    return f"{host} answers 200 to a forged link too: what answers there is no list server" if is_taken else ""


def _forged(url: str) -> str:
    """The same with a token that nobody made."""
    return url[:-1] + ("0" if url[-1] != "0" else "1")


async def _ask_all(questions: tuple[tuple[str, str], ...]) -> list[ProbeReply]:
    """The reply to each; where one gets none, it is the last."""
    replies: list[ProbeReply] = []
    async with httpx.AsyncClient(timeout=_WAIT, headers={"user-agent": "briefing"}) as client:
        for method, url in questions:
            replies.append(await _ask(client, method, url))
            if replies[-1].fault:
                break
    return replies


async def _ask(client: httpx.AsyncClient, method: str, url: str) -> ProbeReply:
    try:
        async with (
            asyncio.timeout(_WAIT),
            client.stream(method, url, data=_FORM if method == "POST" else None) as response,
        ):
            return ProbeReply(response.status_code)
    except (TimeoutError, httpx.TimeoutException):
        return ProbeReply(fault=f"does not answer within {_WAIT:.0f} seconds")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return ProbeReply(fault=f"cannot be reached ({str(error) or type(error).__name__})")
