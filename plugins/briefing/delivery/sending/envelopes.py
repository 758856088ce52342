"""A reader and the frozen digest -> the finished message, signed where we sign."""

from __future__ import annotations

import datetime as dt
from email.utils import format_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from briefing.delivery.sending.transports.contract import Envelope
from briefing.delivery.store.list_urls import list_tokens, subscription_url, unsubscribe_url
from briefing.delivery.store.tokens import Purpose
from briefing.digest.headers import ascii_host, bare_address
from briefing.digest.identifiers import mailto_unsubscribe, reader_message_id, return_path
from briefing.digest.message_template import fill, is_dotless
from briefing.digest.signing import prepare, sign

if TYPE_CHECKING:
    from collections.abc import Callable

    from briefing.content.model import MessageTemplate
    from briefing.delivery.store.secret import Secret
    from briefing.digest.signing import Signer
    from briefing.settings import Settings

_MARK: Final = "0" * 41  # as long as the longest token, and in no address
# What differs between two readers' values of these is a token or a hash of the same letters: one looked at is enough.
_OURS: Final = frozenset({"unsubscribe", "unsubscribe-mail", "preferences", "date", "message-id"})


class Names:
    """What names the deliveries of one campaign to machines: the same at every attempt."""

    def __init__(self, settings: Settings, secret: Secret, issue: str, campaign: int) -> None:
        """`campaign`: its number, 0 for a proof."""
        self._issue = issue
        self._campaign = campaign
        self._tokens = list_tokens(settings, secret)
        self._key = secret.key("message-id")
        self._host = ascii_host(urlsplit(settings.url).hostname or "")

    def key(self, reader: str) -> str:
        """The token by which a bounce, or a service's event, names the delivery."""
        return self._tokens.make(Purpose.BOUNCE, reader, self._campaign)

    def message_id(self, reader: str) -> str:
        """The Message-ID of this reader's message, by which a server's log names it."""
        return reader_message_id(self._key, self._issue, reader, self._host)


class Envelopes:
    """Makes the messages of one campaign; what is the same in all of them is looked at in the first."""

    def __init__(
        self,
        settings: Settings,
        secret: Secret,
        issue: str,
        campaign: int,
        template: MessageTemplate,
        signer: Signer | None,
    ) -> None:
        """`campaign`: its number, 0 for a proof. Raises BriefingError where an address of the settings is unusable."""
        email = settings.options.email
        self._names = Names(settings, secret, issue, campaign)
        self._template = template
        self._signing = prepare(template, signer) if signer else None
        self._tokens = list_tokens(settings, secret)
        self._zone = settings.zone
        self._leave = (
            _around(lambda token: unsubscribe_url(settings, token)) if settings.options.delivery.listserver else None
        )
        self._page = _around(lambda token: subscription_url(settings, token)) if self._leave else None
        self._by_mail = (
            _around(lambda token: mailto_unsubscribe(token, settings)) if email.unsubscribe_address else None
        )
        self._sender = (
            _around(lambda token: return_path(token, settings))
            if email.bounce_address
            else (bare_address("From", email.sender),)
        )
        self._is_dotless = is_dotless(template)
        self._sure: frozenset[str] = frozenset()

    def make(self, reader: str, address: str, clock: float, message_id: str = "") -> Envelope:
        """The message to one reader, at the time of `clock`."""
        values = {
            "date": _date(int(clock), self._zone.key),
            "message-id": message_id or self._names.message_id(reader),
            "to": address,
        }
        token = self._tokens.make(Purpose.UNSUBSCRIBE, reader)
        if self._by_mail:
            values["unsubscribe-mail"] = values["unsubscribe"] = token.join(self._by_mail)
        if self._leave and self._page:
            values["unsubscribe"] = token.join(self._leave)
            values["preferences"] = self._tokens.make(Purpose.PAGE, reader).join(self._page)
        key = self._names.key(reader)
        message = sign(self._signing, values, self._sure) if self._signing else fill(self._template, values, self._sure)
        self._sure = _OURS
        return Envelope(key.join(self._sender), address, message, key, self._is_dotless)


def _around(make: Callable[[str], str]) -> tuple[str, str]:
    """What stands before and behind a token, so that the rest is made once."""
    before, _, behind = make(_MARK).partition(_MARK)
    return before, behind


@lru_cache(maxsize=4)
def _date(second: int, zone: str) -> str:
    return format_datetime(dt.datetime.fromtimestamp(second, ZoneInfo(zone)))
