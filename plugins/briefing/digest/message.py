"""The message: multipart/alternative, plain text first, both parts quoted-printable UTF-8, with placeholders."""

from __future__ import annotations

import hashlib
import re
from binascii import b2a_qp
from itertools import groupby
from typing import TYPE_CHECKING, Final

from briefing.digest.headers import CRLF
from briefing.digest.message_template import HTML, TEXT, Placeholder, assemble
from briefing.digest.quoted_printable import without_leading_dots

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from briefing.content.model import MessageTemplate

_GUARDED: Final = (b".", b"From ")
_SOFT: Final = b"=\n"


def compose(head: Iterable[bytes | Placeholder], text: str, html: str, markers: Mapping[str, str]) -> MessageTemplate:
    """The whole message in ASCII with CRLF line ends (RFC 5322, section 2.1), with parts in lines of at most 76 bytes.

    markers: by a placeholder's name, the text that it replaces in text and HTML. The boundary between the parts is a
    hash of the rest of the message, so that the same content gives the same boundary.
    """
    headers, plain, page = (
        tuple(head),
        tuple(encoded_pieces(text, markers, TEXT)),
        tuple(encoded_pieces(html, markers, HTML)),
    )
    boundary = f"=_{_digest_of((*headers, *plain, *page))}"
    return assemble(
        (
            *headers,
            _lines("MIME-Version: 1.0", "Content-Type: multipart/alternative;", f' boundary="{boundary}"', ""),
            _part("plain", boundary),
            *plain,
            _part("html", boundary),
            *page,
            _lines(f"--{boundary}--"),
        )
    )


def quoted_printable(text: str) -> list[str]:
    r"""The text's lines as RFC 2045, section 6.7 writes them, without line ends.

    A `.` or `From ` at the start of a line is encoded too, since mail servers may change it (RFC 2049, section 3).
    """
    written = b"".join(piece for piece in encoded_pieces(text, {}, TEXT) if isinstance(piece, bytes))
    return written.decode("ascii").removesuffix(CRLF).split(CRLF)


def encoded_pieces(text: str, markers: Mapping[str, str], place: str) -> Iterator[bytes | Placeholder]:
    """The same with line ends, and with placeholders instead of the markers.

    A placeholder is between soft line breaks, so that its value changes no other line.
    """
    names = {marker.encode("ascii"): name for name, marker in markers.items()}
    pattern = re.compile(b"(" + b"|".join(map(re.escape, names)) + b")" if names else b"(?!)")

    def is_special(line: bytes) -> bool:
        return line.startswith(_GUARDED) or pattern.search(line) is not None

    for special, lines in groupby(_lines_of(text), is_special):
        if special:
            for line in lines:
                yield from _with_placeholders(pattern.split(line), names, place)
        else:
            yield _ended(without_leading_dots(b2a_qp(b"\n".join(lines))) + b"\n")


def _with_placeholders(pieces: list[bytes], names: Mapping[bytes, str], place: str) -> Iterator[bytes | Placeholder]:
    """One line, given as literals and markers in turn."""
    *before, last = pieces[::2]
    for number, (literal, marker) in enumerate(zip(before, pieces[1::2], strict=True)):
        yield _ended((_SOFT if number else b"") + _before_placeholder(literal))
        yield Placeholder(names[marker], place)
    yield _ended((_SOFT if before and last else b"") + _encoded(last) + b"\n")


def _lines_of(text: str) -> list[bytes]:
    return text.encode().replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n")


def _ended(lines: bytes) -> bytes:
    return lines.replace(b"\n", CRLF.encode("ascii"))


def _before_placeholder(literal: bytes) -> bytes:
    """The text before a placeholder, with a line break; the filler reserves a column for the `=` of a soft one."""
    encoded = _encoded(literal + b"_")[:-1]
    return encoded if not encoded or encoded.endswith(b"\n") else encoded + _SOFT


def _encoded(line: bytes) -> bytes:
    """A line, or the rest after a placeholder. If the first byte is encoded, the filler reserves its columns."""
    return b"=%02X" % line[0] + b2a_qp(b"___" + line[1:])[3:] if line.startswith(_GUARDED) else b2a_qp(line)


def _part(subtype: str, boundary: str) -> bytes:
    return _lines(
        f"--{boundary}",
        f'Content-Type: text/{subtype}; charset="utf-8"',
        "Content-Transfer-Encoding: quoted-printable",
        "",
    )


def _lines(*lines: str) -> bytes:
    return "".join(f"{line}{CRLF}" for line in lines).encode("ascii")


def _digest_of(pieces: Iterable[bytes | Placeholder]) -> str:
    named = b"\0".join(f"{p.name} {p.place}".encode() if isinstance(p, Placeholder) else p for p in pieces)
    return hashlib.sha256(named).hexdigest()[:32]
