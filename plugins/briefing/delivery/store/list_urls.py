"""The list server's addresses, made from tokens, and the one list that tokens belong to: for all who write or read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from briefing.delivery.store.tokens import Purpose, Tokens
from briefing.digest.headers import ascii_host
from briefing.digest.identifiers import ascii_url
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from briefing.delivery.store.secret import Secret
    from briefing.settings import Settings

SUBSCRIBE: Final = "/subscribe"


def list_name(settings: Settings) -> str:
    """The list's name as List-Id has it: `email.list_id`, else `briefing.` and the site's host."""
    named = settings.options.email.list_id.strip().removeprefix("<").removesuffix(">")
    host = urlsplit(settings.url).hostname
    if not named and not host:
        msg = 'the list needs a name: set SITEURL, or BRIEFING["email"]["list_id"], in pelicanconf.py'
        raise BriefingError(msg)
    return named or f"briefing.{ascii_host(host or '')}"


def list_tokens(settings: Settings, secret: Secret) -> Tokens:
    """What makes and reads the tokens of this publication's list."""
    return Tokens(secret, list_name(settings))


def path(purpose: Purpose, token: str) -> str:
    """Where the list server answers for a token, below its own address: `/u/TOKEN`."""
    return f"/{purpose.value}/{token}"


def unsubscribe_url(settings: Settings, token: str) -> str:
    """One-click unsubscribing: GET shows a button, POST acts (RFC 8058). Raises BriefingError without a list server."""
    return _url(settings, path(Purpose.UNSUBSCRIBE, token))


def page_url(settings: Settings, token: str) -> str:
    """The reader's own page: pause, change of address, leaving. Raises BriefingError without a list server."""
    return _url(settings, path(Purpose.PAGE, token))


def confirm_url(settings: Settings, token: str) -> str:
    """Where a new reader confirms. Raises BriefingError without a list server."""
    return _url(settings, path(Purpose.CONFIRM, token))


def move_url(settings: Settings, token: str) -> str:
    """Where a reader confirms another address. Raises BriefingError without a list server."""
    return _url(settings, path(Purpose.MOVE, token))


def subscribe_url(settings: Settings) -> str:
    """The form by which one joins. Raises BriefingError without a list server."""
    return _url(settings, SUBSCRIBE)


def _url(settings: Settings, below: str) -> str:
    server = settings.options.delivery.listserver
    if not server:
        msg = 'readers need a list server: set BRIEFING["delivery"]["listserver"] in pelicanconf.py to its address'
        raise BriefingError(msg)
    return f"{ascii_url(server)}{below}"
