"""The letters' texts: the publication's own, and the program's where it has none."""

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

_OURS: Final = Path(__file__).parent / "mail"


def read_notification_texts(settings: Settings) -> Mapping[str, NotificationText]:
    """Every letter by its name. Raises ProblemsFoundError for what is wrong in `content/mail/`; no other file is read."""
    own, problems = read_notifications(settings)
    if errors_of(problems):
        raise ProblemsFoundError(problems)
    return {name: own.get(name) or _ours(name) for name in NOTIFICATIONS}


def _ours(name: str) -> NotificationText:
    notification, _ = read_notification(_OURS / f"{name}.md", f"{name}.md")
    if notification is None:
        msg = f"the program's own letter {name}.md is damaged; install the program again"
        raise BriefingError(msg)
    return notification
