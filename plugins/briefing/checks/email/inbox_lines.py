"""Subject and preheader: the two lines in an inbox, and where phones cut them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from briefing.checks.email.report import CheckOutcome, Finding
from briefing.digest.text_width import columns
from briefing.errors import Weight

if TYPE_CHECKING:
    from briefing.pages.views import IssueView

PHONES: Final = {"a narrow phone": 33, "an iPhone 14": 48}
"""How many columns of a subject are shown; docs/reference/email-checks.md names the sources."""
SUBJECT: Final = 70
PREHEADER: Final = 100
_ELLIPSIS: Final = 1


def inspect_subject(issue: IssueView) -> CheckOutcome:
    """Its width, and what phones show of it."""
    width = columns(issue.subject)
    findings = []
    if width > SUBJECT:
        what = f"the subject is {width} columns wide, and desktop programs cut it off at {SUBJECT}"
        findings.append(Finding(what, "shorten it, with the news first", Weight.WARNING, "subject"))
    cuts = [f"{phone} shows \u201c{cut(issue.subject, room)}\u201d" for phone, room in PHONES.items() if width > room]
    return CheckOutcome("subject", say_columns(width), f"<= {SUBJECT}", tuple(findings), "; ".join(cuts))


def inspect_preheader(issue: IssueView) -> CheckOutcome:
    """Whether there is one, and whether it differs from the subject."""
    width = columns(issue.preheader)
    findings = []
    if not issue.preheader.strip():
        what = "there is no preheader: inboxes show the first words of the email instead"
        findings.append(Finding(what, "write a line that continues the subject", Weight.WARNING, "preheader"))
    elif issue.preheader.strip().casefold() == issue.subject.strip().casefold():
        findings.append(
            Finding("the preheader repeats the subject", "write what follows it", Weight.WARNING, "preheader")
        )
    elif width > PREHEADER:
        what = f"the preheader is {width} columns wide, and no phone shows more than {PREHEADER}"
        findings.append(Finding(what, "shorten it", Weight.WARNING, "preheader"))
    return CheckOutcome("preheader", say_columns(width), f"1 to {PREHEADER}", tuple(findings))


def say_columns(width: int) -> str:
    """A width in words."""
    return f"{width} column{'' if width == 1 else 's'}"


def cut(text: str, room: int) -> str:
    """The part of a text that fits into `room` columns, the last of them for the ellipsis."""
    if columns(text) <= room:
        return text
    while columns(text) > room - _ELLIPSIS:
        text = text[:-1]
    return f"{text.rstrip()}\u2026"
