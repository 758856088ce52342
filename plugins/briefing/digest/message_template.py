"""A message template and a reader's values -> the reader's message. Only the values of the placeholders differ.

How a value is encoded depends on where its placeholder is:
- in a header it is not encoded;
- in the text part it is quoted-printable, in lines of its own of at most 76 bytes;
- in the HTML part the same, with `&` as `&amp;`.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from briefing.content.model import MessageTemplate
from briefing.digest.headers import CRLF, mailbox_header
from briefing.digest.quoted_printable import wrap
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

HEADER: Final = "header"
TEXT: Final = "text"
HTML: Final = "html"

_URL = re.compile(r"https://[a-z0-9_-]+(?:\.[a-z0-9_-]+)*(?::[0-9]{1,5})?/(?:[A-Za-z0-9._~/?#&=+@:-]|%[0-9A-F]{2})*")
_LONGEST = 900  # a header line has at most 998 (RFC 5322, section 2.1.1)
_MAILTO = re.compile(
    r"mailto:(?:[A-Za-z0-9._~+-]|%(?:[2-6][0-9A-F]|7[0-9A-E])){1,192}@[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\?subject=unsubscribe"
)
_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r" [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4}"
)
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._-]{1,64}@[a-z0-9_-]+(?:\.[a-z0-9_-]+)*>")
_PLAIN_ADDRESS = re.compile(
    r"[A-Za-z0-9_+-]{1,24}(?:\.[A-Za-z0-9_+-]{1,12}){0,3}@[a-z0-9-]{1,60}(?:\.[a-z0-9-]{1,60}){1,3}"
)


@dataclass(frozen=True, slots=True)
class Placeholder:
    """The name of a value, and its place: a header, the text or the HTML."""

    name: str
    place: str


def assemble(pieces: Iterable[bytes | Placeholder]) -> MessageTemplate:
    """Make a template of the pieces."""
    parts: list[list[bytes]] = [[]]
    placeholders: list[Placeholder] = []
    for piece in pieces:
        if isinstance(piece, Placeholder):
            placeholders.append(piece)
            parts.append([])
        else:
            parts[-1].append(piece)
    return MessageTemplate(
        tuple(b"".join(part) for part in parts),
        tuple(placeholder.name for placeholder in placeholders),
        tuple(placeholder.place for placeholder in placeholders),
    )


def fingerprint(template: MessageTemplate) -> str:
    """SHA-256 of all parts and of the names and places of the placeholders: of everything but the values."""
    whole = hashlib.sha256()
    labels = [f"{name} {place}" for name, place in zip(template.placeholders, template.places, strict=True)]
    for part, label in zip(template.parts, [*labels, ""], strict=True):
        whole.update(b"%d:%b%d:%b" % (len(part), part, len(label), label.encode("ascii")))
    return whole.hexdigest()


def fill(template: MessageTemplate, values: Mapping[str, str], trusted: Collection[str] = ()) -> bytes:
    """The message of one reader. Values for placeholders that the template does not have are ignored.

    unsubscribe, preferences: `https:` addresses of at most 900 characters: letters, digits and `-._~/?#&=+@:%`.
    unsubscribe-mail: `mailto:leave+TOKEN@example.org?subject=unsubscribe`; if readers can only unsubscribe by mail, also
    the value of unsubscribe. date: in the format of RFC 5322, `Fri, 03 Apr 2026 00:00:00 +0100`. message-id: with angle
    brackets. to: an address, or `Name <address>`.
    Raises BriefingError if a value is missing or not valid, so that a value cannot change anything but its placeholder.
    trusted: placeholders whose values are not validated, because the caller makes all of them in a validated form.
    """
    filled: list[bytes] = [b""] * (2 * len(template.parts) - 1)
    filled[::2] = template.parts
    filled[1::2] = encode_values(template, values, trusted)
    return b"".join(filled)


def encode_values(template: MessageTemplate, values: Mapping[str, str], trusted: Collection[str] = ()) -> list[bytes]:
    """The value of each placeholder, encoded for its place. Raises BriefingError as `fill` does."""
    checked = {name: value if name in trusted else _checked(name, value) for name, value in values.items()}
    if checked.get("unsubscribe", "").startswith("mailto:") and _has_one_click(template):
        msg = "unsubscribe: this message uses one-click unsubscribe; write https://host/path, not a mail address"
        raise BriefingError(msg)
    try:
        return [
            _IN[place](checked[name]).encode("ascii")
            for name, place in zip(template.placeholders, template.places, strict=True)
        ]
    except KeyError as error:
        msg = f"the message template needs a value for {error}"
        raise BriefingError(msg) from error


def is_dotless(template: MessageTemplate) -> bool:
    """Whether no line of any message starts with a dot. Values cannot start a line with one."""
    whole = b"-".join(template.parts)
    return not whole.startswith(b".") and b"\n." not in whole


def _has_one_click(template: MessageTemplate) -> bool:
    return ("unsubscribe", HEADER) in zip(template.placeholders, template.places, strict=True)


def _checked(name: str, value: str) -> str:
    check = _CHECKS.get(name)
    if check is None:
        msg = f"the message template has no placeholder `{name}`; its placeholders are {', '.join(_CHECKS)}"
        raise BriefingError(msg)
    return check(name, value)


def _address(name: str, value: str) -> str:
    if len(value) > _LONGEST or not _URL.fullmatch(value):
        msg = f"{name}: {value!r} is not an address that every mail program accepts; write https://host/path in plain ASCII"
        raise BriefingError(msg)
    return value


def _mailto(name: str, value: str) -> str:
    if not _MAILTO.fullmatch(value):
        msg = f"{name}: {value!r} is not a valid address for unsubscribing by mail; write mailto:leave@example.org?subject=unsubscribe"
        raise BriefingError(msg)
    return value


def _unsubscribe(name: str, value: str) -> str:
    return (_mailto if value.startswith("mailto:") else _address)(name, value)


def _date(name: str, value: str) -> str:
    if not _DATE.fullmatch(value):
        msg = f"{name}: {value!r} is not a valid message date; write it as Fri, 03 Apr 2026 00:00:00 +0100"
        raise BriefingError(msg)
    return value


def _message_id(name: str, value: str) -> str:
    if not _MESSAGE_ID.fullmatch(value):
        msg = f"{name}: {value!r} is not a valid Message-ID; write it as <name@example.org>"
        raise BriefingError(msg)
    return value


def _reader(_: str, value: str) -> str:
    return value if _PLAIN_ADDRESS.fullmatch(value) else mailbox_header("To", value).removeprefix("To: ")


_CHECKS: Final[Mapping[str, Callable[[str, str], str]]] = {
    "unsubscribe": _unsubscribe,
    "unsubscribe-mail": _mailto,
    "preferences": _address,
    "date": _date,
    "message-id": _message_id,
    "to": _reader,
}


def _as_it_is(value: str) -> str:
    return value


def _in_text(value: str) -> str:
    return f"={CRLF}".join(wrap(value.replace("=", "=3D")))


def _in_html(value: str) -> str:
    return _in_text(value.replace("&", "&amp;"))


_IN: Final[Mapping[str, Callable[[str], str]]] = {HEADER: _as_it_is, TEXT: _in_text, HTML: _in_html}
