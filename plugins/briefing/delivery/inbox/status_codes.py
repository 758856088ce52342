"""A server's status -> the kind of failure. Codes come first, and words only if the code is vague.

The codes are those of RFC 3463 and their registry (https://www.iana.org/assignments/smtp-enhanced-status-codes).
"""

from __future__ import annotations

import re
from typing import Final

from briefing.delivery.inbox.reports import ReportKind

_CODE = re.compile(r"(?<![\d.])([45])\.(\d{1,3})\.(\d{1,3})(?!\d|\.\d)")
_BASIC = re.compile(r"(?<![\d.])([45])[0-5]\d(?![\d.])")
_NO_MAILBOX: Final = {"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"}
_NOT_THE_READERS: Final = {"5.1.7", "5.1.8", "5.2.3", "5.2.4", "5.3.4"}  # our address, or our message's size
_OURS: Final = ("5.5.", "5.6.", "5.7.")  # protocol, content, policy
# Vague codes, for which the words decide. Outlook.com uses 5.5.0 and Exchange 5.4.1 if there is no mailbox.
_VAGUE: Final = {"5.0.0", "5.3.0", "5.4.1", "5.5.0", ""}
_GONE = re.compile(
    r"(?:user|recipient|address|account|mailbox) (?:is )?(?:unknown|not found|unavailable|disabled|inactive)"
    r"|(?:unknown|invalid|no such|inactive) (?:user|recipient|mailbox|address|account|local)"
    r"|(?:does not|doesn.?t) (?:exist|have an? [\w.]+ account)|no mailbox here|unrouteable address"
    r"|recipient address rejected: access denied",
    re.IGNORECASE,
)
_FULL = re.compile(r"mailbox (?:is )?full|(?:over|exceed\w*)[\w ]{0,20} ?quota|quota exceeded", re.IGNORECASE)


def code_in(text: str) -> str:
    """The first enhanced status code in a text, `5.1.1`; "" if there is none."""
    found = _CODE.search(text)
    return ".".join(str(int(part)) for part in found.groups()) if found else ""


def status_of(code: str, words: str) -> str:
    """The most specific status of a failure: the code, else a code in the words, else what the words mean; else ""."""
    code = code_in(code)
    if code in _VAGUE or code.endswith(".0.0"):
        inner = code_in(words)
        code = inner if inner and (not code or inner[0] == code[0]) else code
    if code in _VAGUE:
        if _FULL.search(words):
            return "5.2.2"
        if _GONE.search(words):
            return "5.1.1"
    basic = _BASIC.search(words)
    return code or (f"{basic[1]}.0.0" if basic else "")


def kind_of(status: str) -> ReportKind:
    """The kind of a failure with this status. Accepts basic codes (`452`) too.

    4.x.x and 5.2.2 (full) are soft, and so are unspecific codes: only repeated failures end a subscription. 5.1.x and 5.2.1 mean
    that the mailbox does not exist.
    """
    if status in _NO_MAILBOX:
        return ReportKind.BOUNCED
    if status in _NOT_THE_READERS or (status.startswith(_OURS) and status not in _VAGUE):
        return ReportKind.REFUSED
    return ReportKind.SOFT


def is_failure(status: str) -> bool:
    """Whether a status means that the message bounced or was refused."""
    return status[:1] in {"4", "5"}
