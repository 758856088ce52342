"""An issue as email."""

from __future__ import annotations

from dataclasses import dataclass

from briefing.pages.views.issue import IssueView  # noqa: TC001 - dataclasses' types are read at run time by callers


@dataclass(frozen=True, slots=True)
class DigestView:
    """An issue as email. `unsubscribe` and `preferences` are the reader's own, complete addresses, or "".

    If readers unsubscribe only by mail, `unsubscribe` begins with `mailto:` and `preferences` is "".
    """

    issue: IssueView
    unsubscribe: str
    preferences: str = ""
