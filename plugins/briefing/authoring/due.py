"""Which issue is next: the one that a schedule asks for, or the one that waits. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from briefing.content.model import Status
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from briefing.content.model import Issue
    from briefing.settings import Slot


def due(issues: Sequence[Issue], sent: Collection[str], slot: Slot) -> Issue | None:
    """The issue of a slot that has come: dated after the slot before and not after this one's day; None where it is sent.

    Raises BriefingError where that is a draft still, or where there are several.
    """
    of_slot = [issue for issue in issues if slot.after < issue.date.date() <= slot.day and issue.id not in sent]
    finished = [issue for issue in of_slot if issue.status is not Status.DRAFT]
    if of_slot and not finished:
        raise _drafts(of_slot, f"is due since {slot.day}")
    return _the_one(finished, f"due since {slot.day}") if finished else None


def overdue(issues: Sequence[Issue], sent: Collection[str], slot: Slot) -> tuple[str, ...]:
    """The hidden issues of earlier slots that are not sent: nothing sends them but a person who names them."""
    hidden = [issue for issue in issues if issue.status is Status.HIDDEN and issue.id not in sent]
    return tuple(sorted(issue.id for issue in hidden if issue.date.date() <= slot.after))


def waiting(issues: Sequence[Issue], sent: Collection[str]) -> Issue | None:
    """The issue that is finished and not sent: a hidden one, else the newest; None where there is none.

    What was published before the last that was sent waits for nothing. Raises BriefingError where it cannot be told which one
    is meant, or where there are only drafts.
    """
    last = max((issue.date for issue in issues if issue.id in sent), default=None)
    unsent = [issue for issue in issues if issue.id not in sent]
    if hidden := [issue for issue in unsent if issue.status is Status.HIDDEN]:
        return _the_one(hidden, "waiting to be sent")
    unsent = [issue for issue in unsent if last is None or issue.date >= last]
    finished = [issue for issue in unsent if issue.status is not Status.DRAFT]
    if finished:
        newest = max(issue.date for issue in finished)
        return _the_one([issue for issue in finished if issue.date == newest], "the newest that is not sent")
    if unsent:
        raise _drafts(unsent, "waits to be finished")
    return None


def _the_one(found: Sequence[Issue], what: str) -> Issue:
    if len(found) > 1:
        names = sorted(issue.id for issue in found)
        msg = f"{' and '.join(names)} are {what}: say which, as `release {names[0]}`"
        raise BriefingError(msg)
    return found[0]


def _drafts(found: Sequence[Issue], what: str) -> BriefingError:
    name = max(found, key=lambda issue: (issue.date, issue.id)).id
    return BriefingError(f"{name} {what} and is a draft: when it is finished, run `ready {name}`, then run this again")
