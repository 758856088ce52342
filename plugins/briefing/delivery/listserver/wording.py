"""The texts of notifications: the publication's own, else the default ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from briefing.content.library.notifications import (
    NOTIFICATIONS,
    NotificationText,
    read_notification,
    read_notifications,
)
from briefing.errors import BriefingError, ProblemsFoundError, errors_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from briefing.settings import Settings

_DEFAULTS: Final = Path(__file__).parent / "mail"


def read_notification_texts(settings: Settings) -> Mapping[str, NotificationText]:
    """Every notification by its name. Raises ProblemsFoundError for errors in `content/mail/`; no other file is read."""
    own, problems = read_notifications(settings)
    if errors_of(problems):
        raise ProblemsFoundError(problems)
    return {name: own.get(name) or _default(name) for name in NOTIFICATIONS}


def _default(name: str) -> NotificationText:
    notification, _ = read_notification(_DEFAULTS / f"{name}.md", f"{name}.md")
    if notification is None:
        msg = f"the default notification {name}.md is damaged; install Briefing again"
        raise BriefingError(msg)
    return notification
