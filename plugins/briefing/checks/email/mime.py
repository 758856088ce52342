"""The message on the wire: its parts, its lines, and the headers that bulk mail needs."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Final

from briefing.checks.email.report import CheckOutcome, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

    from briefing.content.model import Digest
    from briefing.settings import Settings

ANY_LINE: Final = 998  # RFC 5322, section 2.1.1
ENCODED_LINE: Final = 76  # RFC 2045, section 6.7
_NEEDED: Final = ("From", "Subject", "Date", "Message-ID", "MIME-Version", "List-Id")
_ONE_CLICK: Final = ("List-Unsubscribe", "List-Unsubscribe-Post")  # RFC 8058, section 3.1
_POST: Final = "List-Unsubscribe=One-Click"
_REPORT: Final = "this is a bug in the program: please report it"


def inspect_message(digest: Digest, settings: Settings) -> CheckOutcome:
    """Structure, encodings, line ends, line lengths and headers."""
    lines = digest.message.split(b"\r\n")
    head, _, _ = digest.message.partition(b"\r\n\r\n")
    message: EmailMessage = message_from_bytes(digest.message, policy=policy.SMTP)
    findings = [*_lines(lines), *_headers(head.decode("ascii", "replace"), settings), *_parts(message, digest)]
    longest = max(map(len, lines))
    value = f"{len(digest.message) / 1024:.1f} KB, longest line {longest}"
    note = "readers unsubscribe by mail only" if settings.unsubscribes_by_mail_only else ""
    return CheckOutcome("message", value, f"lines <= {ENCODED_LINE}, CRLF", tuple(findings), note)


def _lines(lines: list[bytes]) -> Iterator[Finding]:
    if any(b"\n" in line or b"\r" in line for line in lines):
        yield Finding("a line does not end in CRLF", _REPORT)
    if any(max(line, default=0) > 127 for line in lines):  # noqa: PLR2004 - ASCII
        yield Finding("the message contains non-ASCII bytes", _REPORT)
    too_long = next((number for number, line in enumerate(lines, start=1) if len(line) > ANY_LINE), 0)
    if too_long:
        yield Finding(f"line {too_long} of the message is longer than {ANY_LINE} bytes", _REPORT)
    body = lines.index(b"") if b"" in lines else len(lines)
    for number, line in enumerate(lines[body:], start=body + 1):
        if ENCODED_LINE < len(line) <= ANY_LINE:
            yield Finding(f"line {number} of the message is longer than {ENCODED_LINE} bytes", _REPORT)
            return


def _headers(head: str, settings: Settings) -> Iterator[Finding]:
    fields = [line.partition(":") for line in re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")]
    names = [name.lower() for name, _, _ in fields]
    for needed in _NEEDED:
        if names.count(needed.lower()) != 1:
            yield Finding(f"the message has {names.count(needed.lower())} {needed} headers, not one", _REPORT)
    for name, _, value in fields:
        if name.lower().startswith("list-") and "=?" in value:
            yield Finding(f"{name} contains an encoded word: mail programs cannot read the address in it", _REPORT)
    values = {name.lower(): value.strip() for name, _, value in fields}
    yield from _by_mail(values) if settings.unsubscribes_by_mail_only else _one_click(values)


def _by_mail(values: dict[str, str]) -> Iterator[Finding]:
    """One mail address, and nothing to post to."""
    if not values.get("list-unsubscribe", "").startswith("<mailto:"):
        yield Finding("List-Unsubscribe contains no email address", _REPORT)
    if "list-unsubscribe-post" in values:
        yield Finding("the message has a List-Unsubscribe-Post, but no address to post to", _REPORT)


def _one_click(values: dict[str, str]) -> Iterator[Finding]:
    """Both headers, with an https address."""
    for name in _ONE_CLICK:
        if name.lower() not in values:
            yield Finding(f"the message has no {name}: mailbox providers require both", _REPORT)
    if "<https://" not in values.get("list-unsubscribe", "<https://"):
        yield Finding("List-Unsubscribe contains no https address", _REPORT)
    if values.get("list-unsubscribe-post", _POST) != _POST:
        yield Finding(f"List-Unsubscribe-Post is not `{_POST}`", _REPORT)


def _parts(message: EmailMessage, digest: Digest) -> Iterator[Finding]:
    if message.get_content_type() != "multipart/alternative":
        yield Finding(f"the message is {message.get_content_type()}, not multipart/alternative", _REPORT)
        return
    parts = [part for part in message.iter_parts() if part.get_content_type() in {"text/plain", "text/html"}]
    if [part.get_content_type() for part in message.iter_parts()] != ["text/plain", "text/html"]:
        yield Finding("the message is not plain text followed by HTML", _REPORT)
        return
    for part, content in zip(parts, (digest.text, digest.html), strict=True):
        kind = part.get_content_type()
        if part["Content-Transfer-Encoding"] != "quoted-printable" or part.get_content_charset() != "utf-8":
            yield Finding(f"the {kind} part is not quoted-printable UTF-8", _REPORT)
        elif _bare(part.get_content()) != _bare(content):
            yield Finding(f"the {kind} part does not contain what was rendered", _REPORT)


def _bare(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
