"""`ready`: give drafts their next status, if they would pass every check with it."""

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
    """A file's status before and after. Both are the same if nothing had to change."""

    path: str
    before: Status
    after: Status


def make_ready(
    settings: Settings, names: Iterable[str], *, publish: bool = False, here: Path
) -> tuple[StatusChange, ...]:
    """Give stories and issues their next status: a draft story is published, and a draft issue becomes hidden.

    With `publish` hidden items are published too, and draft issues at once. names: ids, slugs or paths, see
    `lookup.find_items`. Only the line of `status` changes, in all files or in none. Raises ProblemsFoundError with what
    forbids it, and WrongUseError for names that match nothing.
    """
    library = read_library(settings)
    items = lookup.find_items(library, names, here)
    _refuse_unreadable(library, items)
    changes = tuple(StatusChange(item.path, item.status, _next_status(item, publish=publish)) for item in items)
    needed = [change for change in changes if change.after is not change.before]
    _refuse_problems(library, needed)
    files.replace([_file_change(settings.root, change) for change in needed], settings.content)
    return changes


def with_statuses(library: Library, changes: Iterable[StatusChange]) -> Library:
    """Return the library as it will be after these changes."""
    after = {change.path: change.after for change in changes}
    stories = tuple(replace(story, status=after.get(story.path, story.status)) for story in library.stories)
    issues = tuple(replace(issue, status=after.get(issue.path, issue.status)) for issue in library.issues)
    return replace(library, stories=stories, issues=issues)


def _next_status(item: Story | Issue, *, publish: bool) -> Status:
    if publish:
        return Status.PUBLISHED
    if item.status is not Status.DRAFT:
        return item.status
    return Status.PUBLISHED if isinstance(item, Story) else Status.HIDDEN


def _refuse_unreadable(library: Library, items: Collection[Story | Issue]) -> None:
    """Refuse files that cannot be read whole, because their status may be wrong."""
    paths = {item.path for item in items}
    broken = [problem for problem in errors_of(library.problems) if problem.path in paths]
    if broken:
        raise ProblemsFoundError(broken)


def _refuse_problems(library: Library, changes: Collection[StatusChange]) -> None:
    """Refuse errors in these files, and new errors in others."""
    if not changes:
        return
    paths = {change.path for change in changes}
    problems = [*_missing_settings(library, changes)]
    before = set(content.find_problems(library))
    after = errors_of(content.find_problems(with_statuses(library, changes)))
    problems += [problem for problem in after if problem.path in paths or problem not in before]
    if problems:
        raise ProblemsFoundError(problems)


def _missing_settings(library: Library, changes: Collection[StatusChange]) -> Iterator[Problem]:
    """Yield what is missing to mail an issue that becomes hidden. An issue that is published at once is not mailed."""
    hidden = {change.path for change in changes if change.after is Status.HIDDEN}
    mailed = is_mailed_from_here(library.settings)
    if mailed and any(issue.path in hidden and issue.id not in library.sent_by_issue for issue in library.issues):
        yield from missing_to_send(library.settings)


def _file_change(root: Path, change: StatusChange) -> files.FileChange:
    path = root / change.path
    old = path.read_bytes()
    try:
        text = edits.set_key(old.decode(), "status", change.after.value)
    except edits.EditRefusedError as error:
        msg = f"{change.path}: {error}"
        raise BriefingError(msg) from error
    return files.FileChange(path, old, text.encode())
