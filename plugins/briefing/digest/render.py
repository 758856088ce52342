"""A DigestView and the theme's templates -> a Digest."""

from __future__ import annotations

import secrets
from dataclasses import replace
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from briefing.content.model import Digest
from briefing.digest.head import head
from briefing.digest.headers import ascii_host
from briefing.digest.html_part import page
from briefing.digest.html_to_text import to_plain_text
from briefing.digest.message import compose
from briefing.digest.message_template import fill, fingerprint
from briefing.digest.text_part import TextView, lay_out
from briefing.errors import BriefingError
from briefing.pages.digest_view import BY_MAIL, PREFERENCES, UNSUBSCRIBE
from briefing.pages.formats import html_in_mail

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from briefing.pages.templating import Templates
    from briefing.pages.views import DigestView
    from briefing.settings import Settings

TEXT_TEMPLATE = "email/digest.txt"
NOBODY: Final = "reader@reader.invalid"
"""The address instead of a reader's."""


def make_digest(view: DigestView, templates: Templates, settings: Settings) -> Digest:
    """The issue's digest: the same input gives the same bytes on every machine.

    The HTML has inline styles, the text has 72 columns, the message contains both. Raises BriefingError if the
    settings have no site address or no sender, if a header's value contains a line break, or if a template fails or
    changes a reader's link.
    """
    host = _host(settings)
    markers = _markers(view)
    marked = replace(view, unsubscribe=markers.get("unsubscribe", ""), preferences=markers.get("preferences", ""))
    html = page(marked, templates)
    text = lay_out(templates.render(TEXT_TEMPLATE, _as_text(marked, settings)))
    _require_whole_markers((html, text), markers)
    template = compose(head(view.issue.id, view.issue.subject, settings, host), text, html, markers)
    digest_fingerprint = fingerprint(template)
    return Digest(
        issue=view.issue.id,
        subject=view.issue.subject,
        html=_with_values(html, {marker: escape(getattr(view, name)) for name, marker in markers.items()}),
        text=_with_values(text, {marker: getattr(view, name) for name, marker in markers.items()}),
        message=fill(template, sample_values(settings, view.issue.date, f"<{digest_fingerprint[:32]}@{host}>")),
        template=template,
        fingerprint=digest_fingerprint,
    )


def sample_values(settings: Settings, date: dt.datetime, message_id: str) -> dict[str, str]:
    """Values for all placeholders, for a message without a reader."""
    return {
        "unsubscribe": BY_MAIL if settings.unsubscribes_by_mail_only else UNSUBSCRIBE,
        "unsubscribe-mail": BY_MAIL,
        "preferences": PREFERENCES,
        "date": format_datetime(date),
        "message-id": message_id,
        "to": NOBODY,
    }


def _markers(view: DigestView) -> dict[str, str]:
    """What templates get instead of the reader's links: random, so that no author can have written it."""
    random = secrets.token_hex(16)
    return {name: f"https://{name}.invalid/{random}/" for name in ("unsubscribe", "preferences") if getattr(view, name)}


def _require_whole_markers(contents: tuple[str, ...], markers: Mapping[str, str]) -> None:
    for name, marker in markers.items():
        unique = marker.removeprefix("https://")[:-1]
        if any(unique in content.replace(marker, "").lower() for content in contents):
            msg = f"a digest template changes a reader's address; write `{{{{ view.{name} }}}}` as it is"
            raise BriefingError(msg)


def _with_values(text: str, values: Mapping[str, str]) -> str:
    for marker, value in values.items():
        text = text.replace(marker, value)
    return text


def _host(settings: Settings) -> str:
    host = urlsplit(settings.url).hostname
    if not host:
        msg = "a digest needs absolute addresses: set SITEURL in pelicanconf.py, or build with --siteurl"
        raise BriefingError(msg)
    return ascii_host(host)


def _as_text(view: DigestView, settings: Settings) -> TextView:
    introduction = html_in_mail(view.issue.html, settings, view.issue.url)
    return TextView(view.issue, view.unsubscribe, view.preferences, to_plain_text(introduction))
