"""Parse a message into what a mail program shows of it. Pure."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from email import policy
from html.parser import HTMLParser
from typing import Final

_INVISIBLE: Final = {"style", "script", "title", "template", "noscript"}
_SPACE: Final = re.compile(r"[\s\u200b\u2007\u2060\ufeff]+")
# A row of invisible characters keeps the text after it out of the inbox.
_PADDING: Final = re.compile(r"(?:[\u00ad\u034f\u200b-\u200d\u2007\u2060\ufeff][\s\u00a0]*){5}")
_MAX_SNIPPET: Final = 200  # characters; no inbox shows more
_BLOCKS: Final = {"div", "p", "td", "tr", "table", "h1", "h2", "h3", "li", "br"}


@dataclass(frozen=True, slots=True)
class ParsedMessage:
    """The parts of a message, with decoded headers. snippet: the text that an inbox shows after the subject."""

    sender: str
    name: str
    reply_to: str
    subject: str
    snippet: str
    html: str
    text: str


def parse_message(message: bytes) -> ParsedMessage:
    """Return the headers and the two bodies of a message; "" for what is missing."""
    mail = email.message_from_bytes(message, policy=policy.default)
    html, text = mail.get_body(("html",)), mail.get_body(("plain",))
    page = html.get_content() if html is not None else ""
    plain = text.get_content() if text is not None else ""
    senders = mail["From"].addresses if mail["From"] else ()
    return ParsedMessage(
        sender=str(mail["From"] or ""),
        name=next((sender.display_name or sender.addr_spec for sender in senders), ""),
        reply_to=str(mail["Reply-To"] or ""),
        subject=str(mail["Subject"] or ""),
        snippet=snippet_of(page) if page else _plain(plain)[:_MAX_SNIPPET],
        html=page,
        text=plain,
    )


def snippet_of(html: str) -> str:
    """Return the beginning of a page's text, including hidden text, as an inbox shows it."""
    parser = _TextParser()
    parser.feed(html)
    parser.close()
    return _plain("".join(parser.pieces))[:_MAX_SNIPPET]


def _plain(text: str) -> str:
    return _SPACE.sub(" ", _PADDING.split(text, maxsplit=1)[0]).strip()


class _TextParser(HTMLParser):
    """Collects the beginning of a page's text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._invisible: list[str] = []
        self._length = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in _INVISIBLE:
            self._invisible.append(tag)
        elif tag in _BLOCKS:
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if self._invisible and self._invisible[-1] == tag:
            self._invisible.pop()

    def handle_data(self, data: str) -> None:
        if not self._invisible and self._length < _MAX_SNIPPET:
            self.pieces.append(data)
            self._length += len(_plain(data))
