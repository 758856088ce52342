"""Releases: which of their steps is done, where no record or campaign tells it, and that only one goes on at a time."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, insert, select

from briefing.delivery.store.private_folders import make_private
from briefing.delivery.store.tables import CAMPAIGNS, RELEASES
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from briefing.delivery.store.database import Database

_RELEASING: Final = 7204  # an advisory lock
_FILE: Final = "release.lock"
_HERE, _ELSEWHERE = "here", "from another machine"


class ReleaseStep(StrEnum):
    """shown: the site holds the issue, hidden, and answers. published: it holds it as sent."""

    SHOWN = "shown"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Done:
    """A step that is done: with which build, and in which second since 1970."""

    build: str
    at: int


@contextmanager
def alone(private: Path, database: Database | None) -> Iterator[None]:
    """Be the only release of this machine, and of all machines that share the database, until the block or process ends.

    Raises BriefingError where another one goes on.
    """
    with _alone_here(private):
        if database is None or not database.is_shared:
            yield
            return
        with database.held() as connection:
            connection.detach()  # so that its end is the session's, and with it the lock's
            with database.within(connection):
                if not connection.execute(select(func.pg_try_advisory_lock(_RELEASING))).scalar():
                    raise _refused(_ELSEWHERE)
            yield


def keep(connection: Connection, issue: str, step: ReleaseStep, done: Done) -> None:
    """Record a step; one that was done before is now done by this build."""
    connection.execute(delete(RELEASES).where(RELEASES.c.issue == issue, RELEASES.c.step == step.value))
    row = {"issue": issue, "step": step.value, "build": done.build, "at": done.at}
    connection.execute(insert(RELEASES).values(row))


def keep_published(connection: Connection, done: Done) -> None:
    """Record that the site was put up: with it every issue that a release has shown, and that is sent since."""
    for issue in unpublished(connection):
        keep(connection, issue, ReleaseStep.PUBLISHED, done)


def steps_of(connection: Connection, issue: str) -> dict[ReleaseStep, Done]:
    """What a release of this issue has done."""
    rows = connection.execute(select(RELEASES).where(RELEASES.c.issue == issue))
    return {ReleaseStep(row.step): Done(row.build, row.at) for row in rows}


def sent(connection: Connection) -> frozenset[str]:
    """The issues whose campaigns are finished."""
    return frozenset(connection.scalars(select(CAMPAIGNS.c.issue).where(CAMPAIGNS.c.finished_at > 0)))


def unpublished(connection: Connection) -> tuple[str, ...]:
    """The issues that a release has shown and sent, and not published."""
    published = select(RELEASES.c.issue).where(RELEASES.c.step == ReleaseStep.PUBLISHED.value)
    joined = RELEASES.join(CAMPAIGNS, CAMPAIGNS.c.issue == RELEASES.c.issue)
    left = RELEASES.c.step == ReleaseStep.SHOWN.value, CAMPAIGNS.c.finished_at > 0, RELEASES.c.issue.not_in(published)
    query = select(RELEASES.c.issue).select_from(joined).where(*left).order_by(CAMPAIGNS.c.id)
    return tuple(connection.scalars(query))


@contextmanager
def _alone_here(private: Path) -> Iterator[None]:
    make_private(private)
    file = private / _FILE
    file.touch(mode=0o600)
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _refused(_HERE) from error
        yield


def _refused(where: str) -> BriefingError:
    return BriefingError(
        f"another release goes on {where}; wait for its end, or stop it and run this again: it goes on where that stopped"
    )
