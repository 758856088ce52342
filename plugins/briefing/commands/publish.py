"""`publish`: the built site to its host, and the look that it arrived."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from briefing import settings
from briefing.commands.arrival import arrive, arrive_back
from briefing.commands.problems import say_warnings
from briefing.errors import WrongUseError
from briefing.publish import TargetOptions, require_target
from briefing.publish import publish as put
from briefing.publish.source_snapshot import require_current, take_snapshot
from briefing.site.build import BuildOptions, build
from briefing.site.gate import check_edition

if TYPE_CHECKING:
    from briefing.publish import Published
    from briefing.settings import Settings
    from briefing.site.build import BuildReport


def publish(
    ctx: typer.Context,
    target: Annotated[
        str, typer.Argument(help="file:///srv/www, pages:, ... Default: the settings'.", show_default=False)
    ] = "",
    *,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Publish beside files that publish did not make: they stay.")
    ] = False,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Give readers the release before; nothing is built.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would change at the target.")] = False,
    no_site_check: Annotated[
        bool, typer.Option("--no-site-check", help="Do not wait for the site, nor look at it.")
    ] = False,
) -> None:
    """Check and build the site, put it on its host, and look at SITEURL until what was built is there.

    Where nothing changed, nothing is done. After a failure or an interruption the same command finishes the job.
    """
    root = Path(ctx.obj)
    if rollback and adopt:
        msg = "--rollback publishes nothing: leave out --adopt"
        raise WrongUseError(msg)
    if rollback:
        go_back(root, target, looks=not no_site_check, dry_run=dry_run)
    else:
        put_live(root, target, looks=not no_site_check, dry_run=dry_run, adopt=adopt)


def put_live(root: Path, target: str, *, looks: bool, dry_run: bool = False, adopt: bool = False) -> Published:
    """Check, build and publish the publication in `root`, say what was done, look that it is live, and tell of it.

    `target`: its URL; "" is the settings'. Raises ProblemsFoundError where the content has errors: then nothing was
    built. With `dry_run` nothing leaves this machine. What goes live is never older than the content: where that
    changes meanwhile, or another build comes between, nothing is published.
    """
    return built_and_put(root, target, looks=looks, dry_run=dry_run, adopt=adopt)[1]


def built_and_put(
    root: Path, target: str, *, looks: bool, dry_run: bool = False, adopt: bool = False, issue: str = ""
) -> tuple[BuildReport, Published]:
    """`put_live`, with what was built. issue: the one that is to go out, which is always checked."""
    publication = settings.load(root)
    url = target_of(publication, target)  # wrong use is told before the work begins
    snapshot = take_snapshot(publication)
    report = checked_build(root, issue)
    is_newest = partial(require_current, snapshot, publication.output, report.edition.id)
    options = _options(dry_run=dry_run, adopt=adopt, require_fresh=is_newest)
    published = _put(publication, url, options)
    if not dry_run:
        arrive(publication, report, published, looks=looks)
    return report, published


def go_back(root: Path, target: str, *, looks: bool, dry_run: bool = False) -> Published:
    """Give readers the release before at `target`, say so, and look that it is live. Nothing is built."""
    publication = settings.load(root)
    options = _options(dry_run=dry_run, rollback=True)
    published = _put(publication, _named(publication, target), options)
    if not dry_run:
        arrive_back(publication, published, looks=looks)
    return published


def target_of(publication: Settings, given: str) -> str:
    """The URL to publish to: the one given, else the settings'. Raises WrongUseError where there is none or no such."""
    url = _named(publication, given)
    require_target(url, publication.output, publication.root, os.environ)
    return url


def _named(publication: Settings, given: str) -> str:
    url = given or publication.options.publish.target
    if not url:
        msg = 'nothing is named to publish to: give a TARGET, such as file:///srv/www, or BRIEFING["publish"]["target"]'
        raise WrongUseError(msg)
    return url


def checked_build(root: Path, issue: str = "") -> BuildReport:
    """Build the site and its digests, unless `check` would find an error in them; say the warnings.

    issue: one that is to go out.

    Raises ProblemsFoundError with every problem; then nothing was written.
    """
    report = build(root, BuildOptions(check=partial(check_edition, named=[issue] if issue else [])))
    say_warnings(report.problems)
    return report


def _put(publication: Settings, url: str, options: TargetOptions) -> Published:
    published = put(url, publication.output, publication.root, options)
    for line in published.lines():
        typer.echo(line)
    return published


def _options(**asked: Any) -> TargetOptions:  # noqa: ANN401 - the fields of TargetOptions
    return TargetOptions(environment=os.environ, **asked)
