"""An issue as email."""

from __future__ import annotations

from dataclasses import dataclass

from briefing.pages.views.issue import IssueView  # noqa: TC001 - dataclasses' types are read at run time by callers


@dataclass(frozen=True, slots=True)
class DigestView:
    """An issue as email. `unsubscribe` and `preferences` are complete addresses, the reader's own; "" is none.

    `unsubscribe` begins with `mailto:` where readers unsubscribe by mail only; `preferences` is "" then.
    """

    issue: IssueView
    unsubscribe: str
    preferences: str = ""
