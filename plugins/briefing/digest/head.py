"""The headers of an issue's message, with placeholders for each reader's values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from briefing import urls
from briefing.digest.headers import CRLF, bare_address, list_header, mailbox_header, require_one_line, text_header
from briefing.digest.identifiers import ascii_url, mail_url
from briefing.digest.message_template import HEADER, Placeholder
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.settings import Settings
    from briefing.settings.email import Email

_SENDER_ID: Final = (5, 15)  # Google's limits, in characters


def head(issue: str, subject: str, settings: Settings, host: str) -> Iterator[bytes | Placeholder]:
    """Every header except those of MIME, each with its line end.

    Raises BriefingError without a sender, or if a value is not valid or contains a line break.
    """
    email = settings.options.email
    if not email.sender:
        msg = 'a digest needs a sender: set BRIEFING["email"]["sender"] in pelicanconf.py'
        raise BriefingError(msg)
    yield from _open("Date: ", "date")
    yield _line(mailbox_header("From", email.sender))
    if email.reply_to:
        yield _line(mailbox_header("Reply-To", email.reply_to))
    yield from _open("To: ", "to")
    yield _line(text_header("Subject", subject))
    yield from _open("Message-ID: ", "message-id")
    yield _line(list_header(email.list_id or f"briefing.{host}"))
    yield from _unsubscribe(settings)
    yield _line(f"List-Archive: <{ascii_url(f'{settings.url}/{urls.ISSUES}')}>")
    yield _line(f"List-Help: <{_help(email)}>")
    yield _line("List-Post: NO")
    yield _line(f"Feedback-ID: {_feedback(issue, email.feedback_id, host)}")
    yield _line("Precedence: bulk")
    yield _line("Auto-Submitted: auto-generated")
    yield _line(text_header("Content-Language", settings.language))


def _line(header: str) -> bytes:
    return f"{header}{CRLF}".encode("ascii")


def _open(before: str, name: str, after: str = "") -> tuple[bytes, Placeholder, bytes]:
    return before.encode("ascii"), Placeholder(name, HEADER), _line(after)


def _unsubscribe(settings: Settings) -> Iterator[bytes | Placeholder]:
    """Both headers of one-click unsubscribe (RFC 8058, section 3.1), folded between addresses only (RFC 2369).

    If readers can only unsubscribe by mail, there is nothing to post to, and only the first header.
    """
    if settings.unsubscribes_by_mail_only:
        yield from _open("List-Unsubscribe: <", "unsubscribe-mail", ">")
        return
    if settings.options.email.unsubscribe_address:
        yield b"List-Unsubscribe: <"
        yield Placeholder("unsubscribe", HEADER)
        yield from _open(f">,{CRLF} <", "unsubscribe-mail", ">")
    else:
        yield from _open("List-Unsubscribe: <", "unsubscribe", ">")
    yield _line("List-Unsubscribe-Post: List-Unsubscribe=One-Click")


def _help(email: Email) -> str:
    if email.help.startswith(("http://", "https://")):
        return ascii_url(email.help)
    return mail_url(bare_address("List-Help", email.help or email.reply_to or email.sender), "help")


def _feedback(issue: str, sender_id: str, host: str) -> str:
    """Google's format: at most four fields, the last of them the sender. Complaints are counted by it."""
    least, most = _SENDER_ID
    require_one_line("Feedback-ID", issue)
    sender = sender_id or re.sub(r"[^a-z0-9]+", "-", host)[:most].strip("-").ljust(least, "0")
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '-', issue)}:digest:{sender}"
