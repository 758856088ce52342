"""A queued notification -> a finished message to one reader."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from css_inline import CSSInliner

from briefing.content.library.notifications import LINK, NAME, READER, NotificationText
from briefing.content.markdown.finished_html import with_values
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

TEMPLATE = "email/notification.html"


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification to compose. at: the time of the request. Equal ones give equal messages, except for Date."""

    kind: NotificationKind
    reader: str
    address: str
    at: int


class Composer:
    """Composes the notifications of one publication."""

    def __init__(
        self,
        settings: Settings,
        templates: Templates,
        texts: Mapping[str, NotificationText],
        secret: Secret,
        signer: Signer | None,
    ) -> None:
        """`signer`: None if we do not sign. Raises BriefingError without a sender."""
        if not settings.options.email.sender:
            msg = 'notifications need a sender: set BRIEFING["email"]["sender"] in pelicanconf.py'
            raise BriefingError(msg)
        self._settings = settings
        self._templates = templates
        self._texts = texts
        self._tokens = list_tokens(settings, secret)
        self._key = secret.key("notifications")
        self._signer = signer

    def compose(self, notification: Notification, now: int) -> Envelope:
        """The envelope with its message, signed if there is a signer."""
        link, text = self._link(notification), self._texts[notification.kind]
        values = {READER: notification.reader, LINK: link, NAME: self._settings.name}
        html = html_in_mail(text.html, self._settings, "")
        subject = text.subject.replace(NAME, self._settings.name)
        view = NotificationView(subject, with_values(html, values, links={LINK}))
        page = CSSInliner(load_remote_stylesheets=False).inline(self._templates.render(TEMPLATE, view))
        plain = to_plain_text(html)
        for placeholder, value in values.items():
            plain = plain.replace(placeholder, value)
        footer = "\n".join(imprint(self._settings))
        template = compose(self._head(notification, subject), lay_out(f"{plain}\n\n-- \n{footer}"), page, {})
        date = {"date": format_datetime(dt.datetime.fromtimestamp(now, self._settings.zone))}
        message = sign(prepare(template, self._signer), date) if self._signer else fill(template, date)
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
                return self._unsubscribe_link(notification.reader)
            case NotificationKind.ADDRESS_CHANGED:
                return ""  # the old address no longer has rights: the publisher decides

    def _unsubscribe_link(self, reader: str) -> str:
        """A page with a button, or without a list server a mail address."""
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
            yield f"List-Unsubscribe: <{self._unsubscribe_link(notification.reader)}>"
            if not self._settings.unsubscribes_by_mail_only:
                yield "List-Unsubscribe-Post: List-Unsubscribe=One-Click"
        yield "Auto-Submitted: auto-generated"  # RFC 3834, section 5
        yield text_header("Content-Language", self._settings.language)

    def _sender(self, notification: Notification) -> str:
        """The return path. A bounce from an address that is not the reader's current one must not count as theirs."""
        email = self._settings.options.email
        if not email.bounce_address:
            return bare_address("From", email.sender)
        if notification.kind in {NotificationKind.CHANGE_ADDRESS, NotificationKind.ADDRESS_CHANGED}:
            return bare_address("bounce_address", email.bounce_address)
        return return_path(self._tokens.make(Purpose.BOUNCE, notification.reader), self._settings)
