"""The finished message: multipart/alternative, plain text first, both parts quoted-printable UTF-8."""

from __future__ import annotations

import hashlib
from binascii import b2a_qp
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TYPE_CHECKING

from briefing.digest.headers import CRLF, ascii_host, list_header, mailbox_header, text_header
from briefing.errors import BriefingError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

_GUARDED = (b".", b"From ")


@dataclass(frozen=True, slots=True)
class Letter:
    """What the headers say. `host` is the site's; an empty `list_id` is made from it."""

    issue: str
    subject: str
    sender: str
    reply_to: str
    date: dt.datetime
    language: str
    list_id: str
    host: str


def compose(letter: Letter, text: str, html: str) -> bytes:
    """The whole message in ASCII, with CRLF line ends (RFC 5322, section 2.1), the lines of its parts at most 76 octets long.

    Its Message-ID and boundary are made from the issue and the content alone. Raises BriefingError where a
    header's value is unusable.
    """
    mark = _fingerprint(letter, text, html)
    boundary = f"=_{mark}"
    lines = [*_headers(letter, mark, boundary), ""]
    for subtype, content in (("plain", text), ("html", html)):
        lines += [
            f"--{boundary}",
            f'Content-Type: text/{subtype}; charset="utf-8"',
            "Content-Transfer-Encoding: quoted-printable",
            "",
            *quoted_printable(content),
        ]
    lines += [f"--{boundary}--", ""]
    return CRLF.join(lines).encode("ascii")


def quoted_printable(text: str) -> Iterator[str]:
    r"""The text's lines as RFC 2045, section 6.7 writes them, without line ends.

    A `.` or `From ` at the start of a line is encoded too, since mail servers may alter it (RFC 2049, section 3).
    """
    for line in text.encode().replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n"):
        yield from (_guarded(line) if line.startswith(_GUARDED) else b2a_qp(line)).decode("ascii").split("\n")


def _guarded(line: bytes) -> bytes:
    """A line whose first octet is encoded too; the filler keeps its place in the counting of columns."""
    return b"=%02X" % line[0] + b2a_qp(b"___" + line[1:])[3:]


def _headers(letter: Letter, mark: str, boundary: str) -> list[str]:
    if not letter.sender:
        msg = 'a digest needs a sender: set BRIEFING["email"]["sender"] in pelicanconf.py'
        raise BriefingError(msg)
    host = ascii_host(letter.host)
    return [
        f"Date: {format_datetime(letter.date)}",
        mailbox_header("From", letter.sender),
        *([mailbox_header("Reply-To", letter.reply_to)] if letter.reply_to else []),
        text_header("Subject", letter.subject),
        f"Message-ID: <{mark}@{host}>",
        list_header(letter.list_id or f"briefing.{host}"),
        text_header("Content-Language", letter.language),
        "MIME-Version: 1.0",
        "Content-Type: multipart/alternative;",
        f' boundary="{boundary}"',
    ]


def _fingerprint(letter: Letter, text: str, html: str) -> str:
    whole = f"{letter.issue}\0{letter.subject}\0{text}\0{html}"
    return hashlib.sha256(whole.encode()).hexdigest()[:32]
