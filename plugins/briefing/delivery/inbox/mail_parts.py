"""A mail's bytes -> the parts that matter. Never raises, whatever the bytes are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.policy import compat32
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from email.message import Message

_MAX_TEXT: Final = 65_536  # characters of a part that are read
_PARTS: Final = 20  # parts that are read; a report has three
_BLOCKS: Final = 200  # recipients of one report that are read
_HEADER: Final = 4_096  # characters of one header
_ADDRESS = re.compile(r"[^\s<>,;:\"()@\[\]\\]{1,128}@[A-Za-z0-9_.-]{1,255}")
_TO: Final = (
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "x-delivered-to",
    "x-forwarded-to",
    "to",
    "cc",
)
FAULTS: Final = (
    AssertionError,
    AttributeError,
    IndexError,
    KeyError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What the standard library's parsers raise for malformed mails, including deep nesting."""

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its type (such as `message/delivery-status`), its text, and its groups of fields.

    A returned message has one group, its headers; a delivery report one for itself and one for each recipient.
    """

    type: str
    text: str = ""
    groups: tuple[Fields, ...] = ()


@dataclass(frozen=True, slots=True)
class Mail:
    """Field names are lower-case, values on one line. `recipients`: those of the envelope first."""

    fields: Fields
    type: str
    recipients: tuple[str, ...]
    parts: tuple[Part, ...]

    def first(self, name: str) -> str:
        """The value of a header; "" if there is none."""
        return field(self.fields, name)

    def groups(self, part_type: str) -> tuple[Fields, ...]:
        """The groups of fields of all parts of a type."""
        return tuple(group for part in self.parts if part.type == part_type for group in part.groups)

    @property
    def text(self) -> str:
        """The plain text in it."""
        return "\n".join(part.text for part in self.parts if part.type == "text/plain")

    @property
    def returned(self) -> Fields:
        """The headers of the returned message."""
        return tuple(
            pair for kind in ("message/rfc822", "text/rfc822-headers") for group in self.groups(kind) for pair in group
        )


def field(fields: Fields, name: str) -> str:
    """The first value of a field; "" if there is none."""
    return next((value for known, value in fields if known == name), "")


def read_mail(raw: bytes) -> Mail | None:
    """Read a mail, which may be truncated; None if that is impossible."""
    try:
        message = message_from_bytes(raw, policy=compat32)
        fields = _fields(message)
        inside = message.get_payload()
        children = inside[:_PARTS] if isinstance(inside, list) else [message]
        parts = tuple(_part(child) for child in children if not isinstance(child, str))
        return Mail(fields, message.get_content_type(), _recipients(fields), parts)
    except FAULTS:
        return None


def _part(message: Message) -> Part:
    kind = message.get_content_type()
    inside = message.get_payload()
    if isinstance(inside, list):
        if kind == "multipart/alternative":
            plain = [part for part in map(_part, inside[:_PARTS]) if part.type == "text/plain"]
            return plain[0] if plain else Part(kind)
        return Part(kind, groups=tuple(map(_fields, inside[:_BLOCKS])))
    text = _decoded(message)
    groups = _groups(text) if kind.startswith("message/") or kind == "text/rfc822-headers" else ()
    return Part(kind, text, groups)


def _groups(text: str) -> tuple[Fields, ...]:
    """Groups of fields, separated by empty lines, if the parser did not parse the part."""
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return tuple(_fields(message_from_string(block, policy=compat32)) for block in blocks[:_BLOCKS])


def _decoded(message: Message) -> str:
    payload = message.get_payload(decode=True)
    octets = payload[: 4 * _MAX_TEXT] if isinstance(payload, bytes) else b""
    try:
        return octets.decode(message.get_content_charset() or "utf-8", "replace")[:_MAX_TEXT]
    except LookupError:  # an unknown charset
        return octets.decode("utf-8", "replace")[:_MAX_TEXT]


def _fields(message: Message) -> Fields:
    return tuple((name.lower(), " ".join(str(value)[:_HEADER].split())) for name, value in message.items())


def _recipients(fields: Fields) -> tuple[str, ...]:
    found = [address for name in _TO for known, value in fields if known == name for address in _ADDRESS.findall(value)]
    return tuple(dict.fromkeys(address.lower() for address in found))
