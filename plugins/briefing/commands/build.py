"""`build`: the site and every issue's digest."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - Typer reads the annotations at run time
from pathlib import Path
from typing import Annotated

import typer

from briefing.commands.problems import say_warnings
from briefing.digest.merge_tags import Provider  # noqa: TC001 - Typer reads the annotations at run time
from briefing.pages.formats import format_count
from briefing.site.build import BuildOptions
from briefing.site.build import build as build_publication


def build(
    ctx: typer.Context,
    *,
    drafts: Annotated[bool, typer.Option("--drafts", help="Build drafts too, marked as such.")] = False,
    siteurl: Annotated[
        str | None, typer.Option("--siteurl", metavar="URL", help="The site's address, in place of SITEURL.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="DIR", help="The folder to build into, in place of OUTPUT_PATH."),
    ] = None,
    as_of: Annotated[
        dt.datetime | None,
        typer.Option("--as-of", metavar="DATE", formats=["%Y-%m-%d"], help="The day that counts as today."),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Write every file anew, also those that are the same.")] = False,
    digest_for: Annotated[
        Provider | None,
        typer.Option("--digest-for", help="Write each digest's HTML once more, with this provider's merge tags."),
    ] = None,
) -> None:
    """Build the site into output/ and the digests into outbox/.

    Every problem of the content is listed at once; where one is an error, nothing is written. A build with
    --drafts, --siteurl, --output or --as-of leaves outbox/ alone: only a plain build's digests may be sent.
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
    say_warnings(report.problems)
    done = [format_count(report.written, "file") + " written"] if report.written else []
    done += [format_count(report.removed, "file") + " removed"] if report.removed else []
    if digest_for:
        typer.echo(f"{format_count(len(report.digests), 'digest')} for {digest_for}: digest-for-{digest_for}.html")
    typer.echo(", ".join(done) or f"nothing changed in {format_count(report.unchanged, 'file')}")
