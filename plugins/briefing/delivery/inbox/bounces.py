"""What a failure report says: one of the standard form (RFC 3464), or the plain text of an older mail server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from briefing.delivery.inbox.mail_parts import field
from briefing.delivery.inbox.reports import ReportKind
from briefing.delivery.inbox.status_codes import code_in, is_failure, kind_of, status_of

if TYPE_CHECKING:
    from briefing.delivery.inbox.mail_parts import Fields, Mail

REPORT: Final = "message/delivery-status"
_WORD = re.compile(r"[a-z]+")
_TAKEN: Final = {"delivered", "relayed", "expanded"}
_MILDEST: Final = (ReportKind.DELIVERED, ReportKind.DELAYED, ReportKind.SOFT, ReportKind.REFUSED, ReportKind.BOUNCED)
_DAEMON = re.compile(r"(?:mailer[-_. ]?daemon|postmaster|mail[-_. ]?delivery|mdaemon)", re.IGNORECASE)
# Where the message that came back begins: what follows is our own text.
_COPY = re.compile(
    r"^(?:-+ ?(?:below this line|this is a copy|original message|the original message)|return-path:|received:)",
    re.IGNORECASE | re.MULTILINE,
)
_STILL = re.compile(
    r"\b(?:delayed|not yet been delivered|will (?:continue|keep|be retried|retry)|still (?:being|trying|undelivered))",
    re.IGNORECASE,
)


def is_report(mail: Mail) -> bool:
    """Whether it is a report on a delivery, of any outcome."""
    return any(part.type == REPORT for part in mail.parts)


def read_report(mail: Mail) -> tuple[ReportKind, str] | None:
    """What a delivery report says, with its status; None where it says nothing.

    Our messages go to one reader each; where that address leads to several mailboxes, the mildest outcome counts.
    """
    said = [told for group in mail.groups(REPORT) if (told := _of_recipient(group))]
    return min(said, key=lambda told: _MILDEST.index(told[0])) if said else None


def _of_recipient(group: Fields) -> tuple[ReportKind, str] | None:
    named = _WORD.match(field(group, "action").lower())
    action = named[0] if named else ""
    status = status_of(field(group, "status"), field(group, "diagnostic-code"))
    if action in _TAKEN:
        return ReportKind.DELIVERED, ""
    if action == "delayed" or (not action and status.startswith("4")):
        return ReportKind.DELAYED, status
    if action == "failed" or (not action and status.startswith("5")):
        return kind_of(status), status or "5.0.0"
    return None


def is_from_daemon(mail: Mail) -> bool:
    """Whether a mail server wrote it: without return path, under one of the names that such programs bear."""
    return mail.first("return-path") in {"", "<>"} and bool(_DAEMON.search(mail.first("from")))


def read_text(mail: Mail) -> tuple[ReportKind, str] | None:
    """What a mail server's plain words say (qmail's `#5.1.1`, or an SMTP reply in them); None where they say nothing."""
    words = _COPY.split(mail.text, maxsplit=1)[0]
    status = status_of(code_in(words), words)
    if not is_failure(status):
        return None
    is_final = not _STILL.search(f"{mail.first('subject')}\n{words}")
    return kind_of(status) if is_final else ReportKind.DELAYED, status
