"""`publish`: the built site to its host."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from briefing import settings
from briefing.errors import ProblemsFoundError, errors_of
from briefing.publish import publish as put
from briefing.publish import scheme_of
from briefing.site.build import BuildOptions, build
from briefing.site.rehearsal import rehearse


def publish(
    ctx: typer.Context,
    target: Annotated[str, typer.Argument(help="file:///srv/www, file:folder, pages: or pages:REMOTE/BRANCH.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would change at the target.")] = False,
) -> None:
    """Build the site and put it on its host: readers meet the old site or the new one, never a mixture.

    file:FOLDER keeps the last five releases in FOLDER and leads the link FOLDER/current to the newest; serve
    that. pages: pushes one commit to the branch gh-pages of the git remote origin. Where nothing changed, nothing
    is done; after a failure or an interruption the same command finishes the job.
    """
    scheme_of(target)  # wrong use is told before the work begins
    root = Path(ctx.obj)
    for line in put(target, checked_build(root), root, dry_run=dry_run).lines():
        typer.echo(line)


def checked_build(root: Path) -> Path:
    """Build the site once `check` finds no error in it, and return its folder. Raises ProblemsFoundError."""
    publication = settings.load(root)
    problems = rehearse(publication)
    if errors_of(problems):
        raise ProblemsFoundError(problems)
    for problem in problems:
        typer.echo(problem, err=True)
    build(root, BuildOptions())
    return publication.output
