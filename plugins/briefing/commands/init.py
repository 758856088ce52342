"""`init`: a publication of one's own in place of the sample."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from briefing.authoring.scaffold import installation
from briefing.authoring.scaffold.questions import QUESTIONS, InitAnswers, default_answer, find_errors, with_answer
from briefing.authoring.scaffold.sample import require_sample
from briefing.commands.prompts import agreed, answer
from briefing.errors import BriefingError, WrongUseError
from briefing.settings.schedule import read_zone

if TYPE_CHECKING:
    from collections.abc import Mapping

_ZONES = "zoneinfo/"


def init(  # noqa: PLR0913 - the options of a command line
    ctx: typer.Context,
    *,
    name: Annotated[str | None, typer.Option(help="The publication's name.")] = None,
    tagline: Annotated[str | None, typer.Option(help="One line below the name.")] = None,
    url: Annotated[str | None, typer.Option(help="The site's address: https://example.org.")] = None,
    language: Annotated[str | None, typer.Option(help="The language of the texts. Default: en.")] = None,
    timezone: Annotated[str | None, typer.Option(help="The time zone. Default: this machine's.")] = None,
    topics: Annotated[str | None, typer.Option(help="Topics with commas between them. Default: News.")] = None,
    sender: Annotated[str | None, typer.Option(help="Who the email is from: Name <name@example.org>.")] = None,
    reply_to: Annotated[str | None, typer.Option(help="Where readers' answers go. Default: to the sender.")] = None,
    unsubscribe_address: Annotated[
        str | None, typer.Option(help="Where a mail unsubscribes. Default: leave@ at the site's host.")
    ] = None,
    postal_address: Annotated[str | None, typer.Option(help="The address in the email's footer.")] = None,
    curator: Annotated[str | None, typer.Option(help="Your name, or the desk's.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: take defaults for what is not given.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would change.")] = False,
) -> None:
    """Turn the repository with its sample into a publication of your own, once.

    It asks for what is not given, empties content/ of the sample, and writes pelicanconf.py, README.md, a first
    curator, a page about the publication, and a draft of a page on privacy. It refuses where there is anything but
    the sample, or what is not committed. What was there before goes to .briefing/before-init/. After an
    interruption the same command finishes the work.
    """
    root = Path(ctx.obj)
    if done := installation.resume(root):
        typer.echo(f"finished what was interrupted: {_counted(done)}")
        return
    require_sample(root)
    given = {
        "name": name,
        "tagline": tagline,
        "url": url,
        "language": language,
        "timezone": timezone,
        "topics": topics,
        "sender": sender,
        "reply_to": reply_to,
        "unsubscribe_address": unsubscribe_address,
        "postal_address": postal_address,
        "curator": curator,
    }
    asks = not yes and sys.stdin.isatty()
    if not asks and not dry_run and (name is None or not yes):
        msg = "there is no terminal to ask on: give the publication's --name, what else you know, and --yes"
        raise WrongUseError(msg)
    answers = _answered(root, {question: said for question, said in given.items() if said is not None}, asks=asks)
    if dry_run:
        typer.echo("\n".join(installation.plan_init(root, answers).lines))
        return
    if asks and not agreed(f"Empty content/ of the sample and begin {answers.name}?", default=True):
        typer.echo("nothing was changed", err=True)
        raise typer.Exit(1)
    done = installation.initialize(root, answers)
    typer.echo(f"{answers.name} is ready: {_counted(done)}; what was there is in {installation.BACKUP}/")
    typer.echo(
        "next: `python3 tasks.py serve`, and commit it: `git add --all && git commit -m 'Start our publication'`"
    )


def _answered(root: Path, given: Mapping[str, str], *, asks: bool) -> InitAnswers:
    """The answers: given ones first, so that what is wrong with them is said before anything is asked."""
    answers = InitAnswers(name=root.resolve().name, timezone=_zone(os.environ))
    for question, said in given.items():
        answers = with_answer(answers, question, said)
    if wrong := find_errors(answers, root):
        raise WrongUseError("; ".join(f"--{name.replace('_', '-')}: {fault}" for name, fault in wrong.items()))
    for question in QUESTIONS:
        if question not in given:
            default = default_answer(question, answers)
            answers = _asked(root, answers, question, default) if asks else with_answer(answers, question, default)
    if wrong := find_errors(answers, root):
        raise BriefingError("; ".join(f"{name}: {fault}" for name, fault in wrong.items()))
    return answers


def _asked(root: Path, answers: InitAnswers, question: str, default: str) -> InitAnswers:
    """The answers with one more, asked until the settings would take it."""
    while True:
        answered = with_answer(answers, question, answer(QUESTIONS[question], default=default))
        fault = find_errors(answered, root).get(question)
        if fault is None:
            return answered
        typer.echo(fault, err=True)


def _zone(environment: Mapping[str, str]) -> str:
    """The machine's time zone by its IANA name; UTC where it has none."""
    named = environment.get("TZ", "").removeprefix(":") or os.path.realpath("/etc/localtime").rpartition(_ZONES)[2]
    try:
        return read_zone(named).key
    except ValueError:
        return "UTC"


def _counted(done: installation.InitPlan) -> str:
    gone = len(set(done.removed) - set(done.written))
    return f"{gone} files of the sample gone, {len(done.written)} files written"
