"""The frozen digest and a reader -> that reader's envelope: the finished message, signed if we sign."""

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

_TOKEN: Final = "0" * 41  # stands in for a token: as long as the longest, and in no address
# Values of these differ between readers in a token or hash of the same alphabet only: checking one of them is enough.
_GENERATED: Final = frozenset({"unsubscribe", "unsubscribe-mail", "preferences", "date", "message-id"})


class Names:
    """The names that mail servers and services know the deliveries of one campaign by. The same at every attempt."""

    def __init__(self, settings: Settings, secret: Secret, issue: str, campaign: int) -> None:
        """`campaign`: its number, 0 for a proof."""
        self._issue = issue
        self._campaign = campaign
        self._tokens = list_tokens(settings, secret)
        self._key = secret.key("message-id")
        self._host = ascii_host(urlsplit(settings.url).hostname or "")

    def key(self, reader: str) -> str:
        """The token that a bounce, or a service's event, names the delivery by."""
        return self._tokens.make(Purpose.BOUNCE, reader, self._campaign)

    def message_id(self, reader: str) -> str:
        """The Message-ID of this reader's message, as a server's log shows it."""
        return reader_message_id(self._key, self._issue, reader, self._host)


class Envelopes:
    """Makes the envelopes of one campaign."""

    def __init__(
        self,
        settings: Settings,
        secret: Secret,
        issue: str,
        campaign: int,
        template: MessageTemplate,
        signer: Signer | None,
    ) -> None:
        """`campaign`: its number, 0 for a proof. Raises BriefingError if an address in the settings is not valid."""
        email = settings.options.email
        self._names = Names(settings, secret, issue, campaign)
        self._template = template
        self._signing = prepare(template, signer) if signer else None
        self._tokens = list_tokens(settings, secret)
        self._zone = settings.zone
        self._unsubscribe = (
            _split_at_token(lambda token: unsubscribe_url(settings, token))
            if settings.options.delivery.listserver
            else None
        )
        self._page = _split_at_token(lambda token: subscription_url(settings, token)) if self._unsubscribe else None
        self._by_mail = (
            _split_at_token(lambda token: mailto_unsubscribe(token, settings)) if email.unsubscribe_address else None
        )
        self._sender = (
            _split_at_token(lambda token: return_path(token, settings))
            if email.bounce_address
            else (bare_address("From", email.sender),)
        )
        self._is_dotless = is_dotless(template)
        self._checked: frozenset[str] = frozenset()

    def make(self, reader: str, address: str, clock: float, message_id: str = "") -> Envelope:
        """The envelope for one reader, dated `clock`. Raises BriefingError if the address cannot be written into a message."""
        values = {
            "date": _date(int(clock), self._zone.key),
            "message-id": message_id or self._names.message_id(reader),
            "to": address,
        }
        token = self._tokens.make(Purpose.UNSUBSCRIBE, reader)
        if self._by_mail:
            values["unsubscribe-mail"] = values["unsubscribe"] = token.join(self._by_mail)
        if self._unsubscribe and self._page:
            values["unsubscribe"] = token.join(self._unsubscribe)
            values["preferences"] = self._tokens.make(Purpose.PAGE, reader).join(self._page)
        key = self._names.key(reader)
        message = (
            sign(self._signing, values, self._checked) if self._signing else fill(self._template, values, self._checked)
        )
        self._checked = _GENERATED
        return Envelope(key.join(self._sender), address, message, key, self._is_dotless)


def _split_at_token(make: Callable[[str], str]) -> tuple[str, str]:
    """What comes before and after the token in an address, so that an address is made only once."""
    before, _, after = make(_TOKEN).partition(_TOKEN)
    return before, after


@lru_cache(maxsize=4)
def _date(second: int, zone: str) -> str:
    return format_datetime(dt.datetime.fromtimestamp(second, ZoneInfo(zone)))
