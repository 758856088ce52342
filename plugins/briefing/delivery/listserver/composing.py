"""A letter that waits -> a finished message to one reader."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from css_inline import CSSInliner

from briefing.content.library.notifications import LINK, NAME, READER, NotificationText
from briefing.delivery.listserver.views import NotificationView
from briefing.delivery.sending.transports.contract import Envelope
from briefing.delivery.store.list_urls import (
    change_address_url,
    confirm_url,
    list_name,
    list_tokens,
    subscription_url,
    unsubscribe_url,
)
from briefing.delivery.store.notification_queue import LIFETIME, NotificationKind
from briefing.delivery.store.tokens import Purpose
from briefing.digest.headers import CRLF, ascii_host, bare_address, list_header, mailbox_header, text_header
from briefing.digest.html_to_text import to_plain_text
from briefing.digest.identifiers import mailto_unsubscribe, reader_message_id, return_path
from briefing.digest.message import compose
from briefing.digest.message_template import HEADER, Placeholder, fill
from briefing.digest.signing import prepare, sign
from briefing.digest.text_part import lay_out
from briefing.errors import BriefingError
from briefing.pages.formats import html_in_mail
from briefing.pages.site_view import imprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from briefing.delivery.store.secret import Secret
    from briefing.digest.signing import Signer
    from briefing.pages.templating import Templates
    from briefing.settings import Settings

TEMPLATE = "email/letter.html"


@dataclass(frozen=True, slots=True)
class Notification:
    """One to be written: to whom, at which address, asked for when. The same again is the same message but for its Date."""

    kind: NotificationKind
    reader: str
    address: str
    at: int


class Composer:
    """Writes the letters of one publication."""

    def __init__(
        self,
        settings: Settings,
        templates: Templates,
        texts: Mapping[str, NotificationText],
        secret: Secret,
        signer: Signer | None,
    ) -> None:
        """`signer`: None where the messages are signed elsewhere, or not at all. Raises BriefingError without a sender."""
        if not settings.options.email.sender:
            msg = 'letters need a sender: set BRIEFING["email"]["sender"] in pelicanconf.py'
            raise BriefingError(msg)
        self._settings = settings
        self._templates = templates
        self._texts = texts
        self._tokens = list_tokens(settings, secret)
        self._key = secret.key("letters")
        self._signer = signer

    def write(self, notification: Notification, now: int) -> Envelope:
        """The message, signed where there is a signer, and its envelope."""
        link, text = self._link(notification), self._texts[notification.kind]
        html = html_in_mail(text.html, self._settings, "")
        anchor = f'<a href="{escape(link)}">{escape(link)}</a>'
        html = html.replace(READER, notification.reader)
        filled = html.replace(LINK, anchor).replace(NAME, escape(self._settings.name))
        subject = text.subject.replace(NAME, self._settings.name)
        view = NotificationView(subject, filled)
        page = CSSInliner(load_remote_stylesheets=False).inline(self._templates.render(TEMPLATE, view))
        plain = to_plain_text(html).replace(LINK, link).replace(NAME, self._settings.name)
        foot = "\n".join(imprint(self._settings))
        segments = compose(self._head(notification, subject), lay_out(f"{plain}\n\n-- \n{foot}"), page, {})
        date = {"date": format_datetime(dt.datetime.fromtimestamp(now, self._settings.zone))}
        message = sign(prepare(segments, self._signer), date) if self._signer else fill(segments, date)
        return Envelope(
            self._sender(notification),
            notification.address,
            message,
            f"{notification.kind}-{notification.reader}-{notification.at}",
        )

    def _link(self, notification: Notification) -> str:
        expires = notification.at + LIFETIME
        match notification.kind:
            case NotificationKind.CONFIRM:
                return confirm_url(self._settings, self._tokens.make(Purpose.CONFIRM, notification.reader, expires))
            case NotificationKind.CHANGE_ADDRESS:
                return change_address_url(
                    self._settings, self._tokens.make(Purpose.CHANGE_ADDRESS, notification.reader, expires)
                )
            case NotificationKind.WELCOME:
                return subscription_url(self._settings, self._tokens.make(Purpose.PAGE, notification.reader))
            case NotificationKind.UNSUBSCRIBE:
                return self._leaving(notification.reader)
            case NotificationKind.ADDRESS_CHANGED:
                return ""  # whoever reads mail there is the reader no more, or was robbed: the desk decides

    def _leaving(self, reader: str) -> str:
        """By which a reader leaves: a page with a button, or if they leave by mail only, the address to write to."""
        token = self._tokens.make(Purpose.UNSUBSCRIBE, reader)
        if self._settings.unsubscribes_by_mail_only:
            return mailto_unsubscribe(token, self._settings)
        return unsubscribe_url(self._settings, token)

    def _head(self, notification: Notification, subject: str) -> Iterator[bytes | Placeholder]:
        yield from (b"Date: ", Placeholder("date", HEADER), CRLF.encode("ascii"))
        for line in self._lines(notification, subject):
            yield f"{line}{CRLF}".encode("ascii")

    def _lines(self, notification: Notification, subject: str) -> Iterator[str]:
        email = self._settings.options.email
        host = ascii_host(urlsplit(self._settings.url).hostname or list_name(self._settings))
        yield mailbox_header("From", email.sender)
        if email.reply_to:
            yield mailbox_header("Reply-To", email.reply_to)
        yield mailbox_header("To", notification.address)
        yield text_header("Subject", subject)
        yield f"Message-ID: {reader_message_id(self._key, f'{notification.kind}-{notification.at}', notification.reader, host)}"
        yield list_header(list_name(self._settings))
        if notification.kind in {NotificationKind.WELCOME, NotificationKind.UNSUBSCRIBE}:
            yield f"List-Unsubscribe: <{self._leaving(notification.reader)}>"
            if not self._settings.unsubscribes_by_mail_only:
                yield "List-Unsubscribe-Post: List-Unsubscribe=One-Click"
        yield "Auto-Submitted: auto-generated"  # RFC 3834, section 5
        yield text_header("Content-Language", self._settings.language)

    def _sender(self, notification: Notification) -> str:
        """Where a failure is reported; that of an address which is not the reader's (now) must not count as theirs."""
        email = self._settings.options.email
        if not email.bounce_address:
            return bare_address("From", email.sender)
        if notification.kind in {NotificationKind.CHANGE_ADDRESS, NotificationKind.ADDRESS_CHANGED}:
            return bare_address("bounce_address", email.bounce_address)
        return return_path(self._tokens.make(Purpose.BOUNCE, notification.reader), self._settings)
