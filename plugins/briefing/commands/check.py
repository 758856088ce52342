"""`check`: everything wrong, once."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from briefing import settings as publication_settings
from briefing.errors import ProblemsFoundError, errors_of
from briefing.site.rehearsal import rehearse
from briefing.templating import say_count


def check(
    ctx: typer.Context,
    *,
    fix: Annotated[bool, typer.Option("--fix", help="First rename other generators' keys in stories.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the problems as JSON.")] = False,
) -> None:
    """List everything wrong with the content, and with the site and digests that it makes.

    Each problem is one line: path:line: field: what; what to do. Warnings are marked and do not fail the check.
    Nothing is written, but for the keys that --fix renames: category, author, description, excerpt, draft,
    lastmod, redirect_from.
    """
    settings = publication_settings.load(Path(ctx.obj))
    if fix:
        from briefing.desk.fixes import fix as fix_stories

        for path, done in fix_stories(settings):
            typer.echo(f"{path}: {done}", err=as_json)
    problems = rehearse(settings)
    if as_json:
        typer.echo(json.dumps([asdict(problem) for problem in problems], ensure_ascii=False, indent=2))
        raise typer.Exit(1 if errors_of(problems) else 0)
    if errors_of(problems):
        raise ProblemsFoundError(problems)
    for problem in problems:
        typer.echo(problem, err=True)
    typer.echo("no problems" if not problems else say_count(len(problems), "warning"))
