"""`ready`: publish drafts that pass every check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from briefing import settings
from briefing.authoring.readiness import make_ready


def ready(
    ctx: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="NAME", help="A story or issue: file name, slug or path.")],
    *,
    publish: Annotated[
        bool, typer.Option("--publish", help="Also publish hidden stories, and publish issues at once.")
    ] = False,
) -> None:
    """Publish draft stories, and set draft issues to hidden: at their address, but in no list until they are sent.

    Everything is first checked with its new status. If there is an error, no file is changed.
    """
    for step in make_ready(settings.load(ctx.obj), names, publish=publish, here=Path.cwd()):
        typer.echo(f"{step.path}: {'already ' if step.before is step.after else ''}{step.after}")
