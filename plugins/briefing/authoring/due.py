"""The next issue to send: the one that is due by the schedule, or the one that is waiting. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from briefing.content.model import Status
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from briefing.content.model import Issue
    from briefing.settings import Slot


def find_due_issue(issues: Sequence[Issue], sent: Collection[str], slot: Slot) -> Issue | None:
    """Return the unsent issue of a slot: dated after the slot before it, and not after its day. None if there is none.

    Raises BriefingError if it is still a draft, or if there are several.
    """
    of_slot = [issue for issue in issues if slot.after < issue.date.date() <= slot.day and issue.id not in sent]
    finished = [issue for issue in of_slot if issue.status is not Status.DRAFT]
    if of_slot and not finished:
        raise _draft_error(of_slot, f"has been due since {slot.day}")
    return _only(finished, f"due since {slot.day}") if finished else None


def find_overdue_issues(issues: Sequence[Issue], sent: Collection[str], slot: Slot) -> tuple[str, ...]:
    """Return the unsent hidden issues of earlier slots. They are sent only if a person names them."""
    hidden = [issue for issue in issues if issue.status is Status.HIDDEN and issue.id not in sent]
    return tuple(sorted(issue.id for issue in hidden if issue.date.date() <= slot.after))


def find_waiting_issue(issues: Sequence[Issue], sent: Collection[str]) -> Issue | None:
    """Return the finished issue that is not sent: a hidden one, or else the newest. None if there is none.

    Issues that were published before the last one sent do not count. Raises BriefingError if there are several, or only
    drafts.
    """
    last_sent = max((issue.date for issue in issues if issue.id in sent), default=None)
    unsent = [issue for issue in issues if issue.id not in sent]
    if hidden := [issue for issue in unsent if issue.status is Status.HIDDEN]:
        return _only(hidden, "waiting to be sent")
    unsent = [issue for issue in unsent if last_sent is None or issue.date >= last_sent]
    finished = [issue for issue in unsent if issue.status is not Status.DRAFT]
    if finished:
        newest = max(issue.date for issue in finished)
        return _only([issue for issue in finished if issue.date == newest], "the newest that is not sent")
    if unsent:
        raise _draft_error(unsent, "is the next issue")
    return None


def _only(issues: Sequence[Issue], description: str) -> Issue:
    if len(issues) > 1:
        names = sorted(issue.id for issue in issues)
        msg = f"{' and '.join(names)} are {description}: name one, such as `release {names[0]}`"
        raise BriefingError(msg)
    return issues[0]


def _draft_error(issues: Sequence[Issue], description: str) -> BriefingError:
    name = max(issues, key=lambda issue: (issue.date, issue.id)).id
    return BriefingError(
        f"{name} {description}, but is a draft: finish it, run `ready {name}`, then run this command again"
    )
