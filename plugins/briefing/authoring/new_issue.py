"""`new issue`: create a draft from the stories that are in no issue yet."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from briefing import urls
from briefing.authoring import file_names, files
from briefing.authoring.selection import select_stories
from briefing.authoring.yaml_scalars import to_yaml
from briefing.checks import content
from briefing.content.library import read_library
from briefing.errors import BriefingError, ProblemsFoundError, WrongUseError, errors_of
from briefing.pages import issue_names

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from briefing.authoring.selection import SelectedSection, Selection
    from briefing.errors import Problem
    from briefing.settings import Settings


def new_issue(settings: Settings, *, date: dt.date, issue_id: str = "") -> tuple[Path, int, Selection]:
    """Write a draft to content/issues/. Return its path, its number and the selected stories.

    The name is `issue_id`, or the ISO week of the date, with the weekday if the schedule has several issues a week.
    Raises BriefingError if the name is taken or no story is free, WrongUseError if the name is for another week or day, and
    ProblemsFoundError if another issue has errors, because then it is unknown which stories are free.
    """
    folder = settings.content / "issues"
    existing = file_names.existing_ids(folder)
    name = _issue_name(settings, date, issue_id, existing)
    path = folder / f"{name}.md"
    if file_names.normalize(name) in existing:
        raise _exists_error(name, date, existing)
    library = read_library(settings)
    problems = content.find_problems(library)
    _refuse_broken_issues(problems, settings)
    selection = select_stories(library, problems, date)
    if selection.lead is None:
        raise _nothing_free(selection, date)
    number = max((issue.number or 0 for issue in library.issues), default=0) + 1
    try:
        files.create(path, draft_text(selection, number, date).encode(), settings.content)
    except FileExistsError as error:
        raise _exists_error(name, date, file_names.existing_ids(folder)) from error
    return path, number, selection


def draft_text(selection: Selection, number: int, date: dt.date) -> str:
    """Return the draft: the selected ids, finished drafts commented out, and a TODO for everything to write."""
    lead = selection.lead.id if selection.lead else "TODO"
    lines = [
        "---",
        f"number: {number}",
        "title: TODO",
        f"date: {date.isoformat()}",
        "subject: TODO  # the email's subject",
        "preheader: TODO  # what inboxes show after the subject",
        f"lead: {to_yaml(lead)}",
        "sections:" if any(section.stories for section in selection.sections) else "sections: []",
        *(line for section in selection.sections for line in _section(section)),
        "# links:",
        "#   - title: The link's text",
        '#     url: "https://..."',
        "#     source: Who published it",
        "#     note: One line about it.",
        "status: draft",
        "---",
        "TODO: write the introduction.",
        "",
    ]
    return "\n".join(lines)


def _section(section: SelectedSection) -> Iterator[str]:
    """Yield a section's lines, all commented out if it has only drafts."""
    comment = "" if section.stories else "# "
    yield f"  {comment}- title: {to_yaml(section.title)}"
    yield f"  {comment}  stories:"
    for story in section.stories:
        yield f"      - {to_yaml(story.id)}"
    for story in section.drafts:
        yield f"  {comment or '    # '}{'    ' if comment else ''}- {to_yaml(story.id)}  # draft: run ready first"


def _issue_name(settings: Settings, date: dt.date, issue_id: str, existing: Collection[str]) -> str:
    schedule = settings.schedule
    by_day = schedule is not None and len(schedule.days) > 1
    if not issue_id:
        return issue_names.named(date, by_day=by_day)
    if not issue_names.fits(issue_id, date):
        free = issue_names.named(date, existing, by_day=by_day)
        msg = (
            f"`{issue_id}` is not a valid name for an issue of {date}; write {free}, with any suffix, or change --date"
        )
        raise WrongUseError(msg)
    if error := urls.length_fault(issue_id):
        msg = f"the name {error}; write a shorter one"
        raise WrongUseError(msg)
    return issue_id


def _exists_error(name: str, date: dt.date, existing: Collection[str]) -> BriefingError:
    free = issue_names.named(date, {*existing, name})
    return BriefingError(f"the issue {name} already exists; choose another name with --id, such as {free}")


def _refuse_broken_issues(problems: tuple[Problem, ...], settings: Settings) -> None:
    issues = settings.content.relative_to(settings.root) / "issues"
    broken = [problem for problem in errors_of(problems) if PurePosixPath(problem.path).is_relative_to(issues)]
    if broken:
        raise ProblemsFoundError(broken)


def _nothing_free(selection: Selection, date: dt.date) -> BriefingError:
    what = f"no published story is free for an issue of {date}"
    if selection.drafts:
        names = " ".join(story.id for story in selection.drafts)
        return BriefingError(f"{what}; publish finished drafts: ready {names}")
    if selection.invalid:
        return BriefingError(f"{what}; stories with errors were skipped, run check: {', '.join(selection.invalid)}")
    if selection.older:
        names = ", ".join(story.id for story in selection.older)
        return BriefingError(f"{what}; only older ones are in no issue: {names}")
    return BriefingError(f"{what}; write one with new story, or choose another --date")
