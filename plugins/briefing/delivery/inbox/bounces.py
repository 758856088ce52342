"""Delivery reports: in the standard format (RFC 3464), or the plain text of older mail servers."""

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
_ACCEPTED: Final = {"delivered", "relayed", "expanded"}
_MILDEST: Final = (ReportKind.DELIVERED, ReportKind.DELAYED, ReportKind.SOFT, ReportKind.REFUSED, ReportKind.BOUNCED)
_DAEMON = re.compile(r"(?:mailer[-_. ]?daemon|postmaster|mail[-_. ]?delivery|mdaemon)", re.IGNORECASE)
# The start of the returned message. What follows is our own text.
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
    """The outcome in a delivery report, with its status; None if there is none.

    Each message has one reader. If that address forwards to several mailboxes, the mildest outcome counts.
    """
    outcomes = [outcome for group in mail.groups(REPORT) if (outcome := _of_recipient(group))]
    return min(outcomes, key=lambda outcome: _MILDEST.index(outcome[0])) if outcomes else None


def _of_recipient(group: Fields) -> tuple[ReportKind, str] | None:
    named = _WORD.match(field(group, "action").lower())
    action = named[0] if named else ""
    status = status_of(field(group, "status"), field(group, "diagnostic-code"))
    if action in _ACCEPTED:
        return ReportKind.DELIVERED, ""
    if action == "delayed" or (not action and status.startswith("4")):
        return ReportKind.DELAYED, status
    if action == "failed" or (not action and status.startswith("5")):
        return kind_of(status), status or "5.0.0"
    return None


def is_from_daemon(mail: Mail) -> bool:
    """Whether a mail server wrote it: without a return path, and with one of the usual names."""
    return mail.first("return-path") in {"", "<>"} and bool(_DAEMON.search(mail.first("from")))


def read_text(mail: Mail) -> tuple[ReportKind, str] | None:
    """The outcome in the text of a mail server (qmail's `#5.1.1`, or an SMTP reply); None if there is none."""
    words = _COPY.split(mail.text, maxsplit=1)[0]
    status = status_of(code_in(words), words)
    if not is_failure(status):
        return None
    is_final = not _STILL.search(f"{mail.first('subject')}\n{words}")
    return kind_of(status) if is_final else ReportKind.DELAYED, status
