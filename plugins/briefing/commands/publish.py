"""`publish`: the built site to its host, and the look that it arrived."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from briefing import settings
from briefing.errors import ProblemsFoundError, WrongUseError, errors_of
from briefing.publish import Options, scheme_of
from briefing.publish import publish as put
from briefing.site.build import BuildOptions, build
from briefing.site.rehearsal import rehearse

if TYPE_CHECKING:
    from briefing.publish import Published
    from briefing.settings import Settings


def publish(  # noqa: PLR0913 - the options of a command line
    ctx: typer.Context,
    target: Annotated[
        str, typer.Argument(help="file:///srv/www, pages:, ... Default: the settings'.", show_default=False)
    ] = "",
    *,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Take over a target that holds other files: they are removed.")
    ] = False,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Give readers the release before; nothing is built.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would change at the target.")] = False,
    no_site_check: Annotated[
        bool, typer.Option("--no-site-check", help="Do not wait for the site, nor look at it.")
    ] = False,
) -> None:
    """Build the site and put it on its host: readers meet the old site or the new one, never a mixture.

    Where nothing changed, nothing is done; after a failure or an interruption the same command finishes the job.
    Then the site is looked at, at SITEURL, until what was built is there.
    """
    root = Path(ctx.obj)
    if rollback:
        publication = settings.load(root)
        go_back(publication, target_of(publication, target), looks=not no_site_check, dry_run=dry_run)
        return
    put_live(root, target, looks=not no_site_check, dry_run=dry_run, adopt=adopt)


def put_live(root: Path, target: str, *, looks: bool, dry_run: bool = False, adopt: bool = False) -> Published:
    """Check, build and publish the publication in `root`, say what was done, and look that it is live.

    `target`: its URL; "" is the settings'. Raises ProblemsFoundError where the content has errors; then nothing
    was built. With `dry_run` nothing leaves this machine.
    """
    publication = settings.load(root)
    url = target_of(publication, target)  # wrong use is told before the work begins
    options = _options(publication, dry_run=dry_run, adopt=adopt)
    published = put(url, checked_build(root), root, options)
    for line in published.lines():
        typer.echo(line)
    return published


def go_back(publication: Settings, target: str, *, looks: bool, dry_run: bool = False) -> Published:
    """Give readers the release before at `target`, say so, and look that it is live."""
    options = _options(publication, dry_run=dry_run, rollback=True)
    published = put(target, publication.output, publication.root, options)
    for line in published.lines():
        typer.echo(line)
    return published


def target_of(publication: Settings, given: str) -> str:
    """The URL to publish to: the one given, else the settings'. Raises WrongUseError where there is none or no such."""
    url = given or publication.options.publish.target
    if not url:
        msg = 'nothing is named to publish to: give a TARGET, such as file:///srv/www, or BRIEFING["publish"]["target"]'
        raise WrongUseError(msg)
    scheme_of(url)
    return url


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


def _options(publication: Settings, *, dry_run: bool, adopt: bool = False, rollback: bool = False) -> Options:
    return Options(
        dry_run=dry_run,
        adopt=adopt,
        rollback=rollback,
        cloudfront_distribution=publication.options.publish.cloudfront_distribution,
        environment=os.environ,
    )
