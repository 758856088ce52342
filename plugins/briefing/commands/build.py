"""`build`: the site and every issue's digest."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - Typer reads the annotations at run time
from pathlib import Path
from typing import Annotated

import typer

from briefing.commands.terminal import TERMINAL
from briefing.digest.merge_tags import Provider  # noqa: TC001 - Typer reads the annotations at run time
from briefing.pages.formats import format_count
from briefing.release.console import warn_of
from briefing.site.build import BuildOptions
from briefing.site.build import build as build_publication


def build(
    ctx: typer.Context,
    *,
    drafts: Annotated[bool, typer.Option("--drafts", help="Include drafts, marked as such.")] = False,
    siteurl: Annotated[
        str | None, typer.Option("--siteurl", metavar="URL", help="The site's address, instead of SITEURL.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="DIR", help="The folder to build into, instead of OUTPUT_PATH."),
    ] = None,
    as_of: Annotated[
        dt.datetime | None,
        typer.Option("--as-of", metavar="DATE", formats=["%Y-%m-%d"], help="Treat this day as today."),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Rewrite every file, even if it is unchanged.")] = False,
    digest_for: Annotated[
        Provider | None,
        typer.Option("--digest-for", help="Also write each digest's HTML with this provider's merge tags."),
    ] = None,
) -> None:
    """Build the site into output/ and the digests into outbox/.

    All problems of the content are listed at once. If any of them is an error, nothing is written. A build with --drafts,
    --siteurl, --output or --as-of does not touch outbox/: only digests of a plain build may be sent.
    """
    options = BuildOptions(
        drafts=drafts,
        url=siteurl,
        output=output,
        as_of=as_of.date() if as_of else None,
        full=full,
        digest_for=digest_for,
    )
    report = build_publication(Path(ctx.obj), options)
    warn_of(TERMINAL, report.problems)
    done = [format_count(report.written, "file") + " written"] if report.written else []
    done += [format_count(report.removed, "file") + " removed"] if report.removed else []
    if digest_for:
        typer.echo(f"{format_count(len(report.digests), 'digest')} for {digest_for}: digest-for-{digest_for}.html")
    typer.echo(", ".join(done) or f"nothing changed in {format_count(report.unchanged, 'file')}")
