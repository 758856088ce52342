"""A DigestView and the theme's templates -> a Digest."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from briefing.digest.message import Letter, compose
from briefing.digest.page import page
from briefing.digest.plain import TextView, laid_out
from briefing.digest.prose import prose
from briefing.errors import BriefingError
from briefing.markup import SITE_MARK
from briefing.model import Digest

if TYPE_CHECKING:
    from briefing.settings import Settings
    from briefing.templating import Templates
    from briefing.views.shapes import DigestView

TEXT_TEMPLATE = "email/digest.txt"


def make_digest(view: DigestView, templates: Templates, settings: Settings) -> Digest:
    """The issue's digest: the same input gives the same bytes on every machine.

    The HTML has its styles inlined, the text is laid out in 72 columns, the message holds both.
    Raises BriefingError where the settings name no site or no sender, where a header's value holds a
    line break, and where a template fails.
    """
    host = _host(settings)
    html = page(view, templates)
    text = laid_out(templates.render(TEXT_TEMPLATE, _as_text(view, settings)))
    letter = _letter(view, settings, host)
    return Digest(
        issue=view.issue.id,
        subject=view.issue.subject,
        html=html,
        text=text,
        message=compose(letter, text, html),
    )


def _host(settings: Settings) -> str:
    host = urlsplit(settings.url).hostname
    if not host:
        msg = "a digest needs complete addresses: set SITEURL in pelicanconf.py, or build with --siteurl"
        raise BriefingError(msg)
    return host


def _letter(view: DigestView, settings: Settings, host: str) -> Letter:
    email = settings.options.email
    return Letter(
        issue=view.issue.id,
        subject=view.issue.subject,
        sender=email.sender,
        reply_to=email.reply_to,
        date=view.issue.date,
        language=settings.language,
        list_id=email.list_id,
        host=host,
    )


def _as_text(view: DigestView, settings: Settings) -> TextView:
    introduction = view.issue.html.replace(SITE_MARK, f"{settings.url}/")
    return TextView(view.issue, view.unsubscribe, view.preferences, prose(introduction))
