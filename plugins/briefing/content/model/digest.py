"""An issue rendered as email."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """A finished message with holes: parts[0], hole[0], parts[1], and so on to the last part.

    parts: ASCII with CRLF line ends, in which nothing is left open.
    holes: what goes there: "unsubscribe", "unsubscribe-mail", "preferences", "date", "message-id", "to". A name may
    stand several times.
    places: where each hole is, "header", "text" or "html", which decides how its value is written.
    """

    parts: tuple[bytes, ...]
    holes: tuple[str, ...]
    places: tuple[str, ...]



@dataclass(frozen=True, slots=True)
class Digest:
    """An issue rendered as email: the three files of `outbox/ISSUE/`, and what a reader's message is made of.

    html, text, message: with placeholders in the reader's places, and the issue's date. fingerprint: SHA-256 in
    hexadecimal over the segments, so over everything but the values of the holes.
    """

    issue: str
    subject: str
    html: str
    text: str
    message: bytes
    segments: MessageTemplate
    fingerprint: str
