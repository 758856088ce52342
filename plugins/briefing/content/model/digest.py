"""An issue rendered as email."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """A finished message with placeholders: parts[0], placeholders[0], parts[1], and so on to the last part.

    parts: ASCII with CRLF line ends.
    placeholders: the name of each: "unsubscribe", "unsubscribe-mail", "preferences", "date", "message-id", "to". A name can
    occur several times.
    places: where each placeholder is, "header", "text" or "html", which decides how its value is encoded.
    """

    parts: tuple[bytes, ...]
    placeholders: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """An issue rendered as email: the three files of `outbox/ISSUE/`, and what a reader's message is made of.

    html, text, message: with placeholders in the reader's places, and the issue's date. fingerprint: SHA-256 in
    hexadecimal of the template, so of everything but the values of the placeholders.
    """

    issue: str
    subject: str
    html: str
    text: str
    message: bytes
    template: MessageTemplate
    fingerprint: str
