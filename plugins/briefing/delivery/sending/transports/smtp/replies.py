"""Octets from a server -> its replies (RFC 5321, section 4.2), in whatever pieces they arrive. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

CLOSING: Final = 421  # section 3.8: the server closes the connection
_LONGEST_LINE: Final = 4096  # octets; RFC 5321 allows 512, and some servers send more
_MOST_LINES: Final = 200
_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])([^\x00]*))?")
_ENHANCED = re.compile(r"([245])\.\d{1,3}\.\d{1,3}(?=\s|$)")
_GO_ON: Final = 400  # codes below it are not refusals


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply.

    code: 200 to 599. enhanced: the code of RFC 3463 (`5.1.1`), "" if there is none. lines: the text after the codes,
    for people; it may contain addresses.
    """

    code: int
    enhanced: str = ""
    lines: tuple[str, ...] = ("",)

    @property
    def kind(self) -> int:
        """2 done, 3 continue, 4 refused for now, 5 refused permanently.

        If one code says "for now" and the other "permanently", it is for now: that mistake loses nobody.
        """
        return 4 if self.enhanced.startswith("4") else self.code // 100

    @property
    def status(self) -> str:
        """What records show of it."""
        return self.enhanced or str(self.code)

    @property
    def text(self) -> str:
        """All of its lines in one."""
        return " ".join(line for line in self.lines if line)


@dataclass(slots=True)
class Parser:
    """Takes octets as they arrive and returns the replies that are complete.

    is_garbled: what arrived is not an SMTP reply (no code, NUL, a line or reply without end, codes that contradict
    each other). Nothing is read after it.
    """

    is_garbled: bool = False
    _rest: bytes = b""
    _code: bytes = b""
    _lines: list[bytes] = field(default_factory=list)

    @property
    def is_between(self) -> bool:
        """Whether no reply is incomplete."""
        return not self._rest and not self._code

    def feed(self, octets: bytes) -> list[Reply]:
        """The replies that these octets complete, up to what is garbled."""
        whole = _whole(octets) if self.is_between and not self.is_garbled else ()
        return [*whole] or self.read(octets)

    def read(self, octets: bytes) -> list[Reply]:
        """As `feed`, line by line."""
        found: list[Reply] = []
        lines = (self._rest + octets).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            if self.is_garbled:
                break
            if reply := self._line(line):
                found.append(reply)
        if len(self._rest) > _LONGEST_LINE:
            self.is_garbled = True
        return found

    def _line(self, line: bytes) -> Reply | None:
        form = _LINE.fullmatch(line.removesuffix(b"\r"))
        if not form or len(line) > _LONGEST_LINE or len(self._lines) >= _MOST_LINES or self._code not in {b"", form[1]}:
            self.is_garbled = True
            return None
        self._lines.append(form[3] or b"")
        if form[2] == b"-":
            self._code = form[1]
            return None
        reply = _reply(int(form[1]), self._lines)
        self.is_garbled = reply is None
        self._code, self._lines = b"", []
        return reply


@lru_cache(maxsize=64)
def _whole(octets: bytes) -> tuple[Reply, ...]:
    """The replies, if the octets are complete replies and nothing else: a server repeats the same ones all the time."""
    parser = Parser()
    found = parser.read(octets)
    return tuple(found) if parser.is_between and not parser.is_garbled else ()


def _reply(code: int, lines: list[bytes]) -> Reply | None:
    """None if its two codes contradict each other."""
    texts = [line.decode("ascii", "replace") for line in lines]
    found = _ENHANCED.match(texts[-1])
    if not found:
        return Reply(code, "", tuple(texts))
    if (code < _GO_ON) != (found[1] == "2"):
        return None
    texts[-1] = texts[-1][found.end() :].lstrip()
    return Reply(code, found[0], tuple(texts))
