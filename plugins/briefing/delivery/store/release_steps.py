"""The steps of a release that neither a record nor a campaign shows, and a lock so that only one release runs at a time."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, insert, select

from briefing.delivery.store.private_folders import make_private_folder
from briefing.delivery.store.tables import CAMPAIGNS, RELEASES
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from briefing.delivery.store.database import Database

_RELEASING: Final = 7204  # an advisory lock
_FILE: Final = "release.lock"
_HERE, _ELSEWHERE = "on this machine", "on another machine"


class ReleaseStep(StrEnum):
    """shown: the live site contains the issue, hidden. published: it contains the issue as sent."""

    SHOWN = "shown"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class CompletedStep:
    """A completed step: the build it used, and the time in seconds since 1970."""

    build: str
    at: int


@contextmanager
def exclusive_release(private: Path, database: Database | None) -> Iterator[None]:
    """Hold the release lock of this machine, and of the database if it is shared, until the block or process ends.

    Raises BriefingError if another release is running.
    """
    with _exclusive_here(private):
        if database is None or not database.is_shared:
            yield
            return
        with database.connect() as connection:
            connection.detach()  # so that the session, and with it the lock, ends with the block
            with database.transaction(connection):
                if not connection.execute(select(func.pg_try_advisory_lock(_RELEASING))).scalar():
                    raise _refused(_ELSEWHERE)
            yield


def record_step(connection: Connection, issue: str, step: ReleaseStep, done: CompletedStep) -> None:
    """Record a completed step, replacing an earlier record of it."""
    connection.execute(delete(RELEASES).where(RELEASES.c.issue == issue, RELEASES.c.step == step.value))
    row = {"issue": issue, "step": step.value, "build": done.build, "at": done.at}
    connection.execute(insert(RELEASES).values(row))


def record_published(connection: Connection, done: CompletedStep) -> None:
    """Record that the site was published, and with it every issue that was shown and then sent."""
    for issue in unpublished_issues(connection):
        record_step(connection, issue, ReleaseStep.PUBLISHED, done)


def completed_steps(connection: Connection, issue: str) -> dict[ReleaseStep, CompletedStep]:
    """The completed steps of an issue's release."""
    rows = connection.execute(select(RELEASES).where(RELEASES.c.issue == issue))
    return {ReleaseStep(row.step): CompletedStep(row.build, row.at) for row in rows}


def sent_issues(connection: Connection) -> frozenset[str]:
    """The issues whose campaigns are finished."""
    return frozenset(connection.scalars(select(CAMPAIGNS.c.issue).where(CAMPAIGNS.c.finished_at > 0)))


def unpublished_issues(connection: Connection) -> tuple[str, ...]:
    """The issues that were shown and sent, but not yet published."""
    published = select(RELEASES.c.issue).where(RELEASES.c.step == ReleaseStep.PUBLISHED.value)
    joined = RELEASES.join(CAMPAIGNS, CAMPAIGNS.c.issue == RELEASES.c.issue)
    left = RELEASES.c.step == ReleaseStep.SHOWN.value, CAMPAIGNS.c.finished_at > 0, RELEASES.c.issue.not_in(published)
    query = select(RELEASES.c.issue).select_from(joined).where(*left).order_by(CAMPAIGNS.c.id)
    return tuple(connection.scalars(query))


@contextmanager
def _exclusive_here(private: Path) -> Iterator[None]:
    make_private_folder(private)
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
        f"another release is running {where}; wait until it ends, or stop it and run this command again to continue it"
    )
