"""`new issue`: a draft made from the stories that are in no issue yet."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from briefing import urls
from briefing.authoring import file_names, files
from briefing.authoring.selection import pick
from briefing.authoring.yaml_scalars import written
from briefing.checks import content
from briefing.content.library import read_library
from briefing.errors import BriefingError, ProblemsFoundError, WrongUseError, errors_of
from briefing.pages import issue_names

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from briefing.authoring.selection import PickedSection, Picks
    from briefing.errors import Problem
    from briefing.settings import Settings


def new_issue(settings: Settings, *, date: dt.date, issue_id: str = "") -> tuple[Path, int, Picks]:
    """Write a draft into content/issues/ and return its path, its number and what it was made from.

    It is named by the ISO week of its date, with the weekday if the schedule has several issues a week, or `issue_id`.
    Raises BriefingError if a file has that name or no story is free, WrongUseError for a name of another week or day, and
    ProblemsFoundError if another issue has errors: which stories are free cannot be told then.
    """
    folder = settings.content / "issues"
    taken = file_names.taken(folder)
    name = _named(settings, date, issue_id, taken)
    path = folder / f"{name}.md"
    if file_names.same(name) in taken:
        raise _taken(name, date, taken)
    library = read_library(settings)
    problems = content.find_problems(library)
    _refuse_broken_issues(problems, settings)
    picks = pick(library, problems, date)
    if picks.lead is None:
        raise _nothing_free(picks, date)
    number = max((issue.number or 0 for issue in library.issues), default=0) + 1
    try:
        files.create(path, draft(picks, number, date).encode(), settings.content)
    except FileExistsError as error:
        raise _taken(name, date, file_names.taken(folder)) from error
    return path, number, picks


def draft(picks: Picks, number: int, date: dt.date) -> str:
    """The draft's text: the picks by their ids, drafts behind a `#`, and a TODO where a person has to write."""
    lead = picks.lead.id if picks.lead else "TODO"
    lines = [
        "---",
        f"number: {number}",
        "title: TODO",
        f"date: {date.isoformat()}",
        "subject: TODO  # the email's subject",
        "preheader: TODO  # what inboxes show after the subject",
        f"lead: {written(lead)}",
        "sections:" if any(section.stories for section in picks.sections) else "sections: []",
        *(line for section in picks.sections for line in _section(section)),
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


def _section(section: PickedSection) -> Iterator[str]:
    """A section's lines; all of it behind a `#` where only drafts are in it."""
    mark = "" if section.stories else "# "
    yield f"  {mark}- title: {written(section.title)}"
    yield f"  {mark}  stories:"
    for story in section.stories:
        yield f"      - {written(story.id)}"
    for story in section.drafts:
        yield f"  {mark or '    # '}{'    ' if mark else ''}- {written(story.id)}  # draft: run ready first"


def _named(settings: Settings, date: dt.date, issue_id: str, taken: Collection[str]) -> str:
    schedule = settings.schedule
    by_day = schedule is not None and len(schedule.days) > 1
    if not issue_id:
        return issue_names.named(date, by_day=by_day)
    if not issue_names.fits(issue_id, date):
        free = issue_names.named(date, taken, by_day=by_day)
        msg = f"`{issue_id}` is not a name for an issue of {date}; write {free}, a suffix allowed, or another --date"
        raise WrongUseError(msg)
    if fault := urls.length_fault(issue_id):
        msg = f"the name {fault}; write a shorter one"
        raise WrongUseError(msg)
    return issue_id


def _taken(name: str, date: dt.date, taken: Collection[str]) -> BriefingError:
    free = issue_names.named(date, {*taken, name})
    return BriefingError(f"there is an issue {name} already; name another with --id, such as {free}")


def _refuse_broken_issues(problems: tuple[Problem, ...], settings: Settings) -> None:
    issues = settings.content.relative_to(settings.root) / "issues"
    broken = [problem for problem in errors_of(problems) if PurePosixPath(problem.path).is_relative_to(issues)]
    if broken:
        raise ProblemsFoundError(broken)


def _nothing_free(picks: Picks, date: dt.date) -> BriefingError:
    said = f"no published story is free for an issue of {date}"
    if picks.drafts:
        return BriefingError(f"{said}; publish finished drafts: ready {' '.join(story.id for story in picks.drafts)}")
    if picks.faulty:
        return BriefingError(f"{said}; stories with errors were left out, run check: {', '.join(picks.faulty)}")
    if picks.older:
        return BriefingError(f"{said}; only older ones are in no issue: {', '.join(story.id for story in picks.older)}")
    return BriefingError(f"{said}; write one with new story, or give another --date")
