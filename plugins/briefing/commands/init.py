"""`init`: your own publication instead of the sample."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from briefing.authoring.scaffold import installation
from briefing.authoring.scaffold.questions import QUESTIONS, InitAnswers, default_answer, find_errors, with_answer
from briefing.authoring.scaffold.sample import require_sample
from briefing.commands.prompts import confirm, prompt
from briefing.errors import BriefingError, WrongUseError
from briefing.settings.schedule import read_zone

if TYPE_CHECKING:
    from collections.abc import Mapping

_ZONES = "zoneinfo/"


def init(  # noqa: PLR0913 - the options of a command line
    ctx: typer.Context,
    *,
    name: Annotated[str | None, typer.Option(help="The publication's name.")] = None,
    tagline: Annotated[str | None, typer.Option(help="A tagline below the name.")] = None,
    url: Annotated[str | None, typer.Option(help="The site's address: https://example.org.")] = None,
    language: Annotated[str | None, typer.Option(help="The language of the content. Default: en.")] = None,
    timezone: Annotated[str | None, typer.Option(help="The time zone. Default: this machine's.")] = None,
    topics: Annotated[str | None, typer.Option(help="Topics, separated by commas. Default: News.")] = None,
    sender: Annotated[str | None, typer.Option(help="The sender of the email: Name <name@example.org>.")] = None,
    reply_to: Annotated[
        str | None, typer.Option(help="The address for readers' replies. Default: the sender's.")
    ] = None,
    unsubscribe_address: Annotated[
        str | None, typer.Option(help="The address for unsubscribe requests. Default: leave@ at the site's host.")
    ] = None,
    postal_address: Annotated[str | None, typer.Option(help="The postal address in the email's footer.")] = None,
    curator: Annotated[str | None, typer.Option(help="Your name, or your team's.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; use the defaults for missing options.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list the changes.")] = False,
) -> None:
    """Turn the sample in this repository into your own publication. You need this once.

    Asks for options that you do not pass, removes the sample from content/, and writes pelicanconf.py, README.md, a first
    curator, a page about the publication, and a draft of a privacy page. Refuses to run if anything but the sample is
    there, or if something is not committed. The old files are moved to .briefing/before-init/. If it is interrupted, run
    it again.
    """
    root = Path(ctx.obj)
    if done := installation.resume(root):
        typer.echo(f"completed the interrupted run: {_counted(done)}")
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
    interactive = not yes and sys.stdin.isatty()
    if not interactive and not dry_run and (name is None or not yes):
        msg = "cannot ask without a terminal: pass --name, any other options, and --yes"
        raise WrongUseError(msg)
    answers = _answered(
        root, {question: text for question, text in given.items() if text is not None}, interactive=interactive
    )
    if dry_run:
        typer.echo("\n".join(installation.plan_init(root, answers).lines))
        return
    if interactive and not confirm(f"Remove the sample from content/ and create {answers.name}?", default=True):
        typer.echo("nothing was changed", err=True)
        raise typer.Exit(1)
    done = installation.initialize(root, answers)
    typer.echo(f"{answers.name} is ready: {_counted(done)}; the old files are in {installation.BACKUP}/")
    typer.echo(
        "next: run `python3 tasks.py serve`, then commit: `git add --all && git commit -m 'Start our publication'`"
    )


def _answered(root: Path, given: Mapping[str, str], *, interactive: bool) -> InitAnswers:
    """All answers. Those that were passed come first, so that their errors are reported before any question."""
    answers = InitAnswers(name=root.resolve().name, timezone=_zone(os.environ))
    for question, text in given.items():
        answers = with_answer(answers, question, text)
    if wrong := find_errors(answers, root):
        raise WrongUseError("; ".join(f"--{name.replace('_', '-')}: {fault}" for name, fault in wrong.items()))
    for question in QUESTIONS:
        if question not in given:
            default = default_answer(question, answers)
            answers = (
                _asked(root, answers, question, default) if interactive else with_answer(answers, question, default)
            )
    if wrong := find_errors(answers, root):
        raise BriefingError("; ".join(f"{name}: {fault}" for name, fault in wrong.items()))
    return answers


def _asked(root: Path, answers: InitAnswers, question: str, default: str) -> InitAnswers:
    """The answers with one more, asked until it is valid."""
    while True:
        answered = with_answer(answers, question, prompt(QUESTIONS[question], default=default))
        fault = find_errors(answered, root).get(question)
        if fault is None:
            return answered
        typer.echo(fault, err=True)


def _zone(environment: Mapping[str, str]) -> str:
    """The IANA name of this machine's time zone; UTC if it has none."""
    named = environment.get("TZ", "").removeprefix(":") or os.path.realpath("/etc/localtime").rpartition(_ZONES)[2]
    try:
        return read_zone(named).key
    except ValueError:
        return "UTC"


def _counted(done: installation.InitPlan) -> str:
    gone = len(set(done.removed) - set(done.written))
    return f"removed {gone} files of the sample, wrote {len(done.written)} files"
