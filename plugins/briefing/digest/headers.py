"""Header lines of a message: encoded, folded, and without line breaks in their values."""

from __future__ import annotations

import re
import unicodedata
from email.header import Header
from functools import lru_cache

from briefing import urls
from briefing.errors import BriefingError

CRLF = "\r\n"
_LINE = 76
_PLAIN_WORD = 60
_LOCAL_PART = 64  # RFC 5321, section 4.5.3.1.1
_LIST_ID = 255  # RFC 2919, section 3
_MAILBOX = re.compile(r"(?:(?P<name>[^<>]*?)\s*<(?P<inside>[^<>]*)>|(?P<alone>[^<>]*))")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_CODED = re.compile(r"%[0-9A-Fa-f]{2}|=\?|\?=")
_HOST = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")


def text_header(name: str, value: str) -> str:
    """A header of free text (RFC 5322, section 2.2.1), in encoded words (RFC 2047) if it is not plain ASCII.

    Raises BriefingError if the value contains a line break or another control character.
    """
    require_one_line(name, value)
    return f"{name}: {_encoded(name, value)}"


def mailbox_header(name: str, value: str) -> str:
    """A header of one address, given as `Name <address>` or the address alone (RFC 5322, section 3.4).

    The display name can contain anything except control characters; the domain can be international. Raises
    BriefingError if the value contains a line break or is not a valid address, or if the part before the @ is not plain
    ASCII.
    """
    display_name, address = _mailbox(name, value)
    if not display_name:
        return f"{name}: {address}"
    phrase = _phrase(name, display_name)
    last = phrase.rpartition(CRLF)[2]
    fits = len(name) + len(last) + len(address) + 5 <= _LINE
    return f"{name}: {phrase}{' ' if fits else CRLF + ' '}<{address}>"


def bare_address(name: str, value: str) -> str:
    """The address of a mailbox without its display name, in ASCII. Raises BriefingError as `mailbox_header` does."""
    return _mailbox(name, value)[1]


def list_header(name: str) -> str:
    """List-Id (RFC 2919) for a name like `briefing.example.org`. Raises BriefingError if the name is not valid."""
    require_one_line("List-Id", name)
    inside = name.strip().removeprefix("<").removesuffix(">")
    if not _HOST.fullmatch(inside) or "." not in inside or len(inside) > _LIST_ID:
        msg = f"List-Id: `{name}` is not a valid list name; write it like briefing.example.org"
        raise BriefingError(msg)
    return f"List-Id: <{inside}>"


@lru_cache(maxsize=256)  # a publication has few hosts and needs them for every message
def ascii_host(host: str) -> str:
    """A host name in ASCII (`urls.ascii_host`). Raises BriefingError if it is not valid."""
    try:
        name = urls.ascii_host(host)
    except UnicodeError as error:
        msg = f"`{host}` is not a valid host name: {error}"
        raise BriefingError(msg) from error
    if not _HOST.fullmatch(name):
        msg = f"`{host}` is not a valid host name"
        raise BriefingError(msg)
    return name


def fault_of_local(local: str) -> str:
    """Why some mail servers reject the part before an address's @ (RFC 5321, section 4.1.2); "" if all accept it.

    `=?...?=` and `%0d` are plain characters in the standard, but not to programs that decode an address again.
    """
    if not local.isascii():
        return "has letters before the @ that not every mail server accepts (SMTPUTF8)"
    if len(local) > _LOCAL_PART:
        return f"has {len(local)} characters before the @; the limit is {_LOCAL_PART}"
    if not _LOCAL.fullmatch(local):
        return "has a space, dot or character before the @ that is not allowed"
    if _CODED.search(local):
        return "has an encoded character or word (`%0d`, `=?...?=`) before the @"
    return ""


def require_one_line(name: str, value: str) -> None:
    """Raise BriefingError if a header's value could start another header or hide something."""
    for char in value:
        if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}:
            msg = f"{name}: {value!r} contains a line break or control character (U+{ord(char):04X}); write it on one line"
            raise BriefingError(msg)


def _mailbox(name: str, value: str) -> tuple[str, str]:
    """Display name, which can be empty, and address."""
    require_one_line(name, value)
    found = _MAILBOX.fullmatch(value.strip())
    address = _address(name, (found["inside"] or found["alone"] or "").strip()) if found else ""
    if not found or not address:
        msg = f"{name}: `{value}` is not a valid address; write it as `Name <name@example.org>`"
        raise BriefingError(msg)
    return _unquoted((found["name"] or "").strip()), address


def _address(name: str, address: str) -> str:
    local, at, host = address.rpartition("@")
    if at and host and not local.isascii():
        msg = f"{name}: `{address}` has letters before the @ that not every mail server accepts; give a plain ASCII address"
        raise BriefingError(msg)
    if not at or not host or fault_of_local(local):
        return ""
    return f"{local}@{ascii_host(host)}"


def _unquoted(name: str) -> str:
    quoted = re.fullmatch(r'"(.*)"', name)
    return re.sub(r"\\(.)", r"\1", quoted[1]).strip() if quoted else name


def _phrase(name: str, text: str) -> str:
    plain = text.isascii() and "=?" not in text and len(name) + len(text) <= _PLAIN_WORD
    if not plain:
        return Header(text, "utf-8", maxlinelen=_LINE, header_name=name).encode(linesep=CRLF)
    if _ATOMS.fullmatch(text):
        return text
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def _encoded(name: str, value: str) -> str:
    words = value.split(" ")
    plain = value.isascii() and "=?" not in value and all(len(word) <= _PLAIN_WORD for word in words)
    return Header(value, "us-ascii" if plain else "utf-8", maxlinelen=_LINE, header_name=name).encode(linesep=CRLF)
