"""`new`: draft stories and issues for you to complete."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from briefing import settings
from briefing.authoring.dates import parse_day
from briefing.authoring.new_issue import new_issue
from briefing.authoring.new_story import new_story
from briefing.pages.formats import format_count

if TYPE_CHECKING:
    from pathlib import Path

    from briefing.authoring.selection import SelectedSection, Selection

_SHOWN = 10

Date = Annotated[
    str, typer.Option(metavar="DATE", help="The date, such as 2026-03-30. Default: today.", show_default=False)
]


def story(
    ctx: typer.Context,
    title: Annotated[str, typer.Argument(help="The headline, in quotes.")],
    *,
    date: Date = "",
    topic: Annotated[str, typer.Option(help="One of the settings' topics.", show_default=False)] = "",
    thread: Annotated[str, typer.Option(help="The thread that it belongs to, by file name.", show_default=False)] = "",
) -> None:
    """Create a draft story, content/stories/YYYY/YYYY-MM-DD-slug.md, with a TODO for each part to write.

    Prints the new file's path. An existing file is never changed: the new one gets the suffix -2.
    """
    publication = settings.load(ctx.obj)
    path = new_story(publication, title, date=_day(date, publication), topic=topic, thread=thread)
    typer.echo(_relative(path, ctx.obj))


def issue(
    ctx: typer.Context,
    *,
    date: Date = "",
    name: Annotated[
        str,
        typer.Option(
            "--id",
            metavar="ID",
            help="The file name, if the week already has an issue: 2026-w14-thu or 2026-04-02.",
            show_default=False,
        ),
    ] = "",
) -> None:
    """Create a draft issue from stories that are in no other issue.

    The file is content/issues/YYYY-wNN.md, or YYYY-wNN-mon.md if the schedule has several days. The issue gets the
    stories published since the issue before the last one. The lead is the longest main story since the last issue; the
    others follow by topic. Finished drafts are listed in comments. Edit all of it as you like.
    """
    publication = settings.load(ctx.obj)
    path, number, selection = new_issue(publication, date=_day(date, publication), issue_id=name)
    for line in (*_picked(selection), *_left_out(selection)):
        typer.echo(line)
    typer.echo(f"issue {number}: {_relative(path, ctx.obj)}")


def _day(written: str, publication: settings.Settings) -> dt.date:
    return parse_day(written) if written else dt.datetime.now(publication.zone).date()


def _picked(selection: Selection) -> list[str]:
    lines = [f"lead: {selection.lead.id}"] if selection.lead else []
    return lines + [f"{section.title}: {_counted(section)}" for section in selection.sections]


def _counted(section: SelectedSection) -> str:
    stories = format_count(len(section.stories), "story", "stories")
    drafts = format_count(len(section.drafts), "finished draft")
    return f"{stories}, {drafts} in comments" if section.drafts else stories


def _left_out(selection: Selection) -> list[str]:
    reasons = {
        "older than the issue before the last": [story.id for story in selection.older],
        "translations": [story.id for story in selection.translations],
        "stories with errors (run check)": list(selection.invalid),
    }
    return [f"left out, {reason}: {_few(names)}" for reason, names in reasons.items() if names]


def _few(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
