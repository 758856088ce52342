"""The views of the list server's pages. All words are in the templates.

Every view has `base`: the path before the server's own URLs, "" or "/folder".
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - dataclasses' types are read at run time by callers
from dataclasses import dataclass

from briefing.pages.site_view import Join  # noqa: TC001


@dataclass(frozen=True, slots=True)
class JoinView:
    """`join.html`, the form. address: what was entered. error: why it is not a valid address, a sentence; "" if it is."""

    base: str
    join: Join
    address: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class ButtonView:
    """`button.html`: a page with one button. name: confirm, unsubscribe or move."""

    base: str
    name: str


@dataclass(frozen=True, slots=True)
class NoticeView:
    """`notice.html`: what was done, or why nothing was. name: a key of the table in the template. link: where to go next.

    paused_until: the end of the reader's pause; None if they are not paused.
    """

    base: str
    name: str
    link: str = ""
    paused_until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """`own.html`, a reader's subscription page.

    masked_address: the address in a form that only its owner recognises. state: pending, confirmed, unsubscribed, bounced or
    complained. paused_until: None if not paused. done: the button that was just pressed (pause-30, resume, move), "" at first.
    address: the new one that was entered.
    error: why the new address is not valid, a sentence; "" if it is.
    """

    base: str
    masked_address: str
    state: str
    paused_until: dt.date | None
    done: str = ""
    address: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class NotificationView:
    """`email/notification.html`: the subject, and the text as HTML."""

    subject: str
    html: str
