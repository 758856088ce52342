"""Quoted-printable lines (RFC 2045, section 6.7) of a length that every server takes, none of them begun by a dot."""

from __future__ import annotations

import re
from typing import Final

WIDTH: Final = 75  # with the `=` of a soft line break 76, the most that section 6.7 allows
_BROKEN = re.compile(rb"(?:[^\n]*=\n)+[^\n]*")


def wrap(line: str) -> list[str]:
    """An encoded line in pieces to be joined by soft line breaks.

    No `.` begins a piece but the first: mail servers look for it at the start of a line, and clients must double it
    there, which costs a copy of the whole message (RFC 5321, section 4.5.2).
    """
    if len(line) <= WIDTH:
        return [line]
    pieces = []
    while len(line) > WIDTH:
        end = WIDTH
        if line[end - 1] == "=":
            end -= 1
        elif line[end - 2] == "=":
            end -= 2
        pieces.append(line[:end])
        line = line[end:]
        if line.startswith("."):
            line = f"=2E{line[1:]}"
    return [*pieces, line]


def without_leading_dots(encoded: bytes) -> bytes:
    """The lines of an encoder that breaks softly before a `.` too, broken anew where it did. Line ends are LF."""
    if b"=\n." not in encoded:
        return encoded
    return _BROKEN.sub(lambda broken: _anew(broken[0]) if b"=\n." in broken[0] else broken[0], encoded)


def _anew(lines: bytes) -> bytes:
    return "=\n".join(wrap(lines.replace(b"=\n", b"").decode("ascii"))).encode("ascii")
