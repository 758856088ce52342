"""`new`: drafts that the program begins and a person writes."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from briefing import settings
from briefing.authoring.dates import day
from briefing.authoring.new_issue import new_issue
from briefing.authoring.new_story import new_story
from briefing.pages.formats import format_count

if TYPE_CHECKING:
    from pathlib import Path

    from briefing.authoring.selection import PickedSection, Picks

_FEW = 10

Date = Annotated[str, typer.Option(metavar="DATE", help="Its day, as 2026-03-30. Default: today.", show_default=False)]


def story(
    ctx: typer.Context,
    title: Annotated[str, typer.Argument(help="The headline, in quotes.")],
    *,
    date: Date = "",
    topic: Annotated[str, typer.Option(help="One of the settings' topics.", show_default=False)] = "",
    thread: Annotated[str, typer.Option(help="The thread it belongs to, by its file's name.", show_default=False)] = "",
) -> None:
    """Begin a story: content/stories/YYYY/YYYY-MM-DD-slug.md, a draft with a TODO wherever you have to write.

    It prints the new file's path. A file that is there already is never touched: the new one gets -2.
    """
    publication = settings.load(ctx.obj)
    path = new_story(publication, title, date=_day(date, publication), topic=topic, thread=thread)
    typer.echo(_shown(path, ctx.obj))


def issue(
    ctx: typer.Context,
    *,
    date: Date = "",
    name: Annotated[
        str,
        typer.Option(
            "--id",
            metavar="ID",
            help="Its file's name, if the week has an issue already: 2026-w14-thu or 2026-04-02.",
            show_default=False,
        ),
    ] = "",
) -> None:
    """Begin an issue: content/issues/YYYY-wNN.md (YYYY-wNN-mon if the schedule has several days), a draft made from the stories that are in no issue.

    Taken are published stories since the issue before the last one. The lead is a main story, new since the last
    issue, the longest; the others follow by topic. Finished drafts are listed behind a #. Change it all as you like.
    """
    publication = settings.load(ctx.obj)
    path, number, picks = new_issue(publication, date=_day(date, publication), issue_id=name)
    for line in (*_picked(picks), *_left_out(picks)):
        typer.echo(line)
    typer.echo(f"issue {number}: {_shown(path, ctx.obj)}")


def _day(written: str, publication: settings.Settings) -> dt.date:
    return day(written) if written else dt.datetime.now(publication.zone).date()


def _picked(picks: Picks) -> list[str]:
    lines = [f"lead: {picks.lead.id}"] if picks.lead else []
    return lines + [f"{section.title}: {_counted(section)}" for section in picks.sections]


def _counted(section: PickedSection) -> str:
    stories = format_count(len(section.stories), "story", "stories")
    drafts = format_count(len(section.drafts), "finished draft")
    return f"{stories}, {drafts} behind #" if section.drafts else stories


def _left_out(picks: Picks) -> list[str]:
    reasons = {
        "older than the issue before the last": [story.id for story in picks.older],
        "translations": [story.id for story in picks.translations],
        "stories with errors (run check)": list(picks.faulty),
    }
    return [f"left out, {reason}: {_few(names)}" for reason, names in reasons.items() if names]


def _few(names: list[str]) -> str:
    more = f" and {len(names) - _FEW:,} more" if len(names) > _FEW else ""
    return ", ".join(names[:_FEW]) + more


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
