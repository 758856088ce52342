"""An issue as its digest shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from briefing.pages.issues import issue_view
from briefing.pages.views import DigestView

if TYPE_CHECKING:
    from briefing.content.model import Issue
    from briefing.pages.publication import Publication

UNSUBSCRIBE: Final = "https://unsubscribe.invalid/"
"""Stands where each reader's own link will be; a name that can never resolve (RFC 2606)."""
BY_MAIL: Final = "mailto:leave@unsubscribe.invalid?subject=unsubscribe"
"""The same where readers unsubscribe by mail."""
PREFERENCES: Final = "https://preferences.invalid/"
"""Stands where the address of each reader's own page will be."""


def digest_view(issue: Issue, publication: Publication) -> DigestView:
    """The issue as email, with the reader's own links still open; by mail nothing but leaving is possible."""
    if publication.settings.unsubscribes_by_mail_only:
        return DigestView(issue_view(issue, publication), BY_MAIL)
    return DigestView(issue_view(issue, publication), UNSUBSCRIBE, PREFERENCES)
