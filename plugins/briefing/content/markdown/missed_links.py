"""Links and pictures that Markdown does not recognise, and how to write them so that it does. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

from briefing.weblinks import ending

if TYPE_CHECKING:
    from collections.abc import Iterator

# Quotation marks and East Asian punctuation end an address: writers put no space before them.
_NEVER: Final = '\\s<>"`\u201c\u201d\u2018\u2019\u00ab\u00bb\u3002\uff0c\u3001\uff1b\uff1a\uff01\uff1f\u300c\u300d\u300e\u300f\uff08\uff09\u3010\u3011\u300a\u300b\u3008\u3009\uff61\uff64'
_BARE: Final = re.compile(rf"(?<![A-Za-z0-9_@/.=+-])(?:https?://\w|www\.\w[\w-]*\.\w)[^{_NEVER}]*", re.IGNORECASE)
_LOOSE: Final = "!*_~"
_ROUNDS: Final = 4  # no sentence ends with more
_HOST: Final = re.compile(r"(?:https?://)?([^/?#]*)", re.IGNORECASE)
_PARTED: Final = frozenset({"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "GEORGIAN", "HEBREW", "ARABIC", "COMBINING"})
_TITLE: Final = re.compile(r" +'[^'\n]*'$")
_PICTURE: Final = re.compile(
    r"!\[(?P<alt>[^\[\]\n]*)\]\((?P<file>[^\s()<>\"]+(?: +(?:[^\s()<>\"]+|\([^()\n]*\)[^\s()<>\"]*))+)(?P<title> +\"[^\"\n]*\")? *\)"
)


class MissedLink(NamedTuple):
    """What is written, where it begins and ends in the text, and how to write it.

    is_certain: whether it is certain where it ends.
    """

    written: str
    begin: int
    end: int
    fixed: str
    is_certain: bool = True

    @property
    def is_image(self) -> bool:
        """Whether it is a picture, not an address."""
        return self.fixed.startswith("!")


def missed_links(text: str) -> list[MissedLink]:
    """Pictures and addresses, in the order of the text."""
    found: list[MissedLink] = []
    for one in sorted([*images(text), *addresses(text)], key=lambda one: one.begin):
        if not found or one.begin >= found[-1].end:  # else it is the address of a picture
            found.append(one)
    return found


def addresses(text: str) -> Iterator[MissedLink]:
    """Web addresses that are plain text, since Markdown needs angle brackets to make them links.

    The address within a link that was not understood is left out: that link is reported as a whole.
    """
    for found in _BARE.finditer(text):
        if text.endswith("](", 0, found.start()):
            continue
        written = _without_end(found[0])
        is_whole = written.lower().startswith("http")
        fixed = f"<{written}>" if is_whole else f"[{written}](https://{written})"
        yield MissedLink(written, found.start(), found.start() + len(written), fixed, _ends_surely(written))


def images(text: str) -> Iterator[MissedLink]:
    """Pictures with spaces in their files' names, which are shown as text unless they have angle brackets."""
    for found in _PICTURE.finditer(text):
        title = _TITLE.search(found["file"]) if found["title"] is None else None
        file = found["file"][: title.start()] if title else found["file"]
        fixed = f"![{found['alt']}](<{file}>{title[0] if title else found['title'] or ''})"
        yield MissedLink(file, found.start(), found.end(), fixed)


def _ends_surely(address: str) -> bool:
    """Whether it is certain where an address ends: scripts without spaces between words may continue the sentence.

    Their letters are harmless before the last dot of a host.
    """
    host = _HOST.match(address)[1]  # type: ignore[index]  # it matches everything
    rest = host.rpartition(".")[2] + address[address.index(host) + len(host) :]
    return all(char.isascii() or unicodedata.name(char, "").partition(" ")[0] in _PARTED for char in rest)


def _without_end(address: str) -> str:
    for _ in range(_ROUNDS):
        kept = address.rstrip(_LOOSE)
        kept = kept[: len(kept) - len(ending(kept))]
        if kept == address:
            break
        address = kept
    return address
