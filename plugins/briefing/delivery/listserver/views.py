"""What the templates of the list server are given as `view`. All words stand in the templates.

Each has `base`: what stands before the server's own addresses, "" or "/folder".
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - dataclasses' types are read at run time by callers
from dataclasses import dataclass

from briefing.pages.site_view import Join  # noqa: TC001


@dataclass(frozen=True, slots=True)
class JoinView:
    """`join.html`, the form: what was typed into it, and why that is no address ("" at first)."""

    base: str
    join: Join
    address: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ButtonView:
    """`button.html`: a question and a button. name: confirm, unsubscribe or move."""

    base: str
    name: str


@dataclass(frozen=True, slots=True)
class NoticeView:
    """`notice.html`: what was done, or why nothing was. name: see there. link: a way on, "" for none.

    paused_until: before which the reader is sent nothing; None where they are not paused.
    """

    base: str
    name: str
    link: str = ""
    paused_until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """`own.html`, a reader's own page.

    masked_address: the address as only its owner knows it again. state: a Membership. paused_until: None where not paused.
    done: what has just been done (pause, resume, move), "" at first. fault: why an address cannot be moved to.
    """

    base: str
    masked_address: str
    state: str
    paused_until: dt.date | None
    done: str = ""
    typed: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class NotificationView:
    """`email/letter.html`: its subject, its text as HTML, complete but for addresses of the site."""

    subject: str
    html: str
