"""An issue as email."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from briefing.pages.issues import issue_view
from briefing.pages.views import DigestView

if TYPE_CHECKING:
    from briefing.content.model import Issue
    from briefing.pages.publication import Publication

UNSUBSCRIBE: Final = "https://unsubscribe.invalid/"
"""The placeholder for each reader's link; a name that never resolves (RFC 2606)."""
BY_MAIL: Final = "mailto:leave@unsubscribe.invalid?subject=unsubscribe"
"""The same placeholder if readers unsubscribe by mail."""
PREFERENCES: Final = "https://preferences.invalid/"
"""The placeholder for the address of each reader's own page."""


def digest_view(issue: Issue, publication: Publication) -> DigestView:
    """The issue as email, with placeholders for the reader's links; by mail, readers can only unsubscribe."""
    if publication.settings.unsubscribes_by_mail_only:
        return DigestView(issue_view(issue, publication), BY_MAIL)
    return DigestView(issue_view(issue, publication), UNSUBSCRIBE, PREFERENCES)
