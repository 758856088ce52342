"""`ready`: drafts get their next status once they would pass every check with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from briefing.authoring import edits, files, lookup
from briefing.checks import content
from briefing.content.library import read_library
from briefing.content.model import Status, Story
from briefing.errors import BriefingError, ProblemsFoundError, errors_of
from briefing.settings.sending import is_mailed_from_here, missing_to_send

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from briefing.content.library import Library
    from briefing.content.model import Issue
    from briefing.errors import Problem
    from briefing.settings import Settings


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A file's status, before and after; both are the same where there was nothing to do."""

    path: str
    before: Status
    after: Status


def ready(settings: Settings, named: Iterable[str], *, publish: bool = False, here: Path) -> tuple[StatusChange, ...]:
    """Give stories and issues their next status: a draft story is published, a draft issue becomes hidden.

    With `publish` what is hidden is published too, and a draft issue at once. They are named by id, slug or path
    (from `here`, from the publication's folder or from content/). Only the line of `status` changes, in all files
    or in none: ProblemsFoundError says what stands against it, WrongUseError which names lead nowhere.
    """
    library = read_library(settings)
    found = lookup.find(library, named, here)
    _refuse_unreadable(library, found)
    steps = tuple(StatusChange(item.path, item.status, _next(item, publish=publish)) for item in found)
    changed = [step for step in steps if step.after is not step.before]
    _refuse_problems(library, changed)
    files.replace([_change(settings.root, step) for step in changed], settings.content)
    return steps


def as_if(library: Library, steps: Iterable[StatusChange]) -> Library:
    """The library as it will be after these steps."""
    after = {step.path: step.after for step in steps}
    stories = tuple(replace(story, status=after.get(story.path, story.status)) for story in library.stories)
    issues = tuple(replace(issue, status=after.get(issue.path, issue.status)) for issue in library.issues)
    return replace(library, stories=stories, issues=issues)


def _next(item: Story | Issue, *, publish: bool) -> Status:
    if publish:
        return Status.PUBLISHED
    if item.status is not Status.DRAFT:
        return item.status
    return Status.PUBLISHED if isinstance(item, Story) else Status.HIDDEN


def _refuse_unreadable(library: Library, found: Collection[Story | Issue]) -> None:
    """Where a file cannot be read whole, its status may not be what it seems."""
    paths = {item.path for item in found}
    broken = [problem for problem in errors_of(library.problems) if problem.path in paths]
    if broken:
        raise ProblemsFoundError(broken)


def _refuse_problems(library: Library, steps: Collection[StatusChange]) -> None:
    """Refuse errors of these files, and errors that would come up in others."""
    if not steps:
        return
    paths = {step.path for step in steps}
    against = [*_refusals(library, steps)]
    before = set(content.find_problems(library))
    after = errors_of(content.find_problems(as_if(library, steps)))
    against += [problem for problem in after if problem.path in paths or problem not in before]
    if against:
        raise ProblemsFoundError(against)


def _refusals(library: Library, steps: Collection[StatusChange]) -> Iterator[Problem]:
    """What mailing an issue that becomes hidden would be refused for. One published at once is on the site only."""
    hidden = {step.path for step in steps if step.after is Status.HIDDEN}
    mailed = is_mailed_from_here(library.settings)
    if mailed and any(issue.path in hidden and issue.id not in library.sent_by_issue for issue in library.issues):
        yield from missing_to_send(library.settings)


def _change(root: Path, step: StatusChange) -> files.FileChange:
    path = root / step.path
    old = path.read_bytes()
    try:
        text = edits.set_key(old.decode(), "status", step.after.value)
    except edits.EditRefusedError as error:
        msg = f"{step.path}: {error}"
        raise BriefingError(msg) from error
    return files.FileChange(path, old, text.encode())
