"""An issue rendered as email."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """A finished message with placeholders: parts[0], holes[0], parts[1], and so on to the last part.

    parts: ASCII with CRLF line ends, final.
    holes: the placeholders' names: "unsubscribe", "unsubscribe-mail", "preferences", "date", "message-id", "to". A name
    may appear several times.
    places: where each placeholder is, "header", "text" or "html", which decides how its value is written.
    """

    parts: tuple[bytes, ...]
    holes: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """An issue rendered as email: the three files of `outbox/ISSUE/`, and the template of readers' messages.

    html, text, message: with placeholders for each reader's own values, and the issue's date.
    fingerprint: SHA-256 in hexadecimal of the segments, so of everything but the placeholders' values.
    """

    issue: str
    subject: str
    html: str
    text: str
    message: bytes
    segments: MessageTemplate
    fingerprint: str
