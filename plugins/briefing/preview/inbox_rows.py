"""What an inbox shows of a message before it is opened: pure functions."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from email import policy
from html.parser import HTMLParser
from typing import Final

_UNSEEN: Final = {"style", "script", "title", "template", "noscript"}
_SPACE: Final = re.compile(r"[\s\u200b\u2007\u2060\ufeff]+")
# Invisible characters in a row keep what comes after them out of an inbox.
_PADDING: Final = re.compile(r"(?:[\u00ad\u034f\u200b-\u200d\u2007\u2060\ufeff][\s\u00a0]*){5}")
_SHOWN: Final = 200  # characters; no inbox shows more
_BLOCKS: Final = {"div", "p", "td", "tr", "table", "h1", "h2", "h3", "li", "br"}


@dataclass(frozen=True, slots=True)
class Opened:
    """A message taken apart, its headers decoded. `begins` is the text that an inbox shows behind the subject."""

    sender: str
    name: str
    reply_to: str
    subject: str
    begins: str
    html: str
    text: str


def opened(message: bytes) -> Opened:
    """The message's headers and its two parts, as a mail program reads them; "" for what is not there."""
    mail = email.message_from_bytes(message, policy=policy.default)
    html, text = mail.get_body(("html",)), mail.get_body(("plain",))
    page = html.get_content() if html is not None else ""
    words = text.get_content() if text is not None else ""
    senders = mail["From"].addresses if mail["From"] else ()
    return Opened(
        sender=str(mail["From"] or ""),
        name=next((sender.display_name or sender.addr_spec for sender in senders), ""),
        reply_to=str(mail["Reply-To"] or ""),
        subject=str(mail["Subject"] or ""),
        begins=beginning(page) if page else _plain(words)[:_SHOWN],
        html=page,
        text=words,
    )


def beginning(html: str) -> str:
    """The first words of a page, hidden ones too, as far as an inbox shows them, meant for it or not."""
    reader = _Words()
    reader.feed(html)
    reader.close()
    return _plain("".join(reader.said))[:_SHOWN]


def _plain(text: str) -> str:
    return _SPACE.sub(" ", _PADDING.split(text, maxsplit=1)[0]).strip()


class _Words(HTMLParser):
    """The text of a page's body, as far as it is needed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._unseen: list[str] = []
        self._length = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in _UNSEEN:
            self._unseen.append(tag)
        elif tag in _BLOCKS:
            self.said.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if self._unseen and self._unseen[-1] == tag:
            self._unseen.pop()

    def handle_data(self, data: str) -> None:
        if not self._unseen and self._length < _SHOWN:
            self.said.append(data)
            self._length += len(_plain(data))
