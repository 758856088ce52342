"""Quoted-printable lines (RFC 2045, section 6.7) that do not start with a dot."""

from __future__ import annotations

import re
from typing import Final

WIDTH: Final = 75  # 76 with the `=` of a soft line break, the limit in section 6.7
_BROKEN = re.compile(rb"(?:[^\n]*=\n)+[^\n]*")


def wrap(line: str) -> list[str]:
    """Split an encoded line into pieces to be joined by soft line breaks.

    Only the first piece can start with a `.`: SMTP clients must double it at the start of a line, which costs a copy of
    the whole message (RFC 5321, section 4.5.2).
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
    """Encoded lines, wrapped again if the encoder put a soft line break before a `.`. Line ends are LF."""
    if b"=\n." not in encoded:
        return encoded
    return _BROKEN.sub(lambda broken: _wrapped_again(broken[0]) if b"=\n." in broken[0] else broken[0], encoded)


def _wrapped_again(lines: bytes) -> bytes:
    return "=\n".join(wrap(lines.replace(b"=\n", b"").decode("ascii"))).encode("ascii")
