"""The URLs of the list server, and the list's name and tokens, for all rooms that write or read them."""

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
    """The list's name in List-Id: `email.list_id`, otherwise `briefing.` and the site's host."""
    named = settings.options.email.list_id.strip().removeprefix("<").removesuffix(">")
    host = urlsplit(settings.url).hostname
    if not named and not host:
        msg = 'the list has no name: set SITEURL or BRIEFING["email"]["list_id"] in pelicanconf.py'
        raise BriefingError(msg)
    return named or f"briefing.{ascii_host(host or '')}"


def list_tokens(settings: Settings, secret: Secret) -> Tokens:
    """The tokens of this publication's list."""
    return Tokens(secret, list_name(settings))


def token_path(purpose: Purpose, token: str) -> str:
    """The path for a token, below the list server's own URL: `/u/TOKEN`."""
    return f"/{purpose.value}/{token}"


def unsubscribe_url(settings: Settings, token: str) -> str:
    """The one-click unsubscribe URL: GET shows a button, POST acts (RFC 8058). Raises BriefingError without a list server."""
    return _url(settings, token_path(Purpose.UNSUBSCRIBE, token))


def subscription_url(settings: Settings, token: str) -> str:
    """The reader's subscription page. Raises BriefingError without a list server."""
    return _url(settings, token_path(Purpose.PAGE, token))


def confirm_url(settings: Settings, token: str) -> str:
    """The page that confirms a subscription. Raises BriefingError without a list server."""
    return _url(settings, token_path(Purpose.CONFIRM, token))


def change_address_url(settings: Settings, token: str) -> str:
    """The page that confirms a change of address. Raises BriefingError without a list server."""
    return _url(settings, token_path(Purpose.CHANGE_ADDRESS, token))


def subscribe_url(settings: Settings) -> str:
    """The subscribe form. Raises BriefingError without a list server."""
    return _url(settings, SUBSCRIBE)


def _url(settings: Settings, below: str) -> str:
    server = settings.options.delivery.listserver
    if not server:
        msg = 'no list server is configured: set BRIEFING["delivery"]["listserver"] in pelicanconf.py to its URL'
        raise BriefingError(msg)
    return f"{ascii_url(server)}{below}"
