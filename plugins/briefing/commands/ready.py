"""`ready`: drafts that pass every check are published."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from briefing import settings
from briefing.authoring.readiness import make_ready


def ready(
    ctx: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="NAME", help="Stories and issues: file name, slug or path.")],
    *,
    publish: Annotated[bool, typer.Option("--publish", help="Publish what is hidden too, and issues at once.")] = False,
) -> None:
    """Publish draft stories, and make draft issues hidden: at their address, but in no list until they are sent.

    Everything is checked first as if it had its new status. Where there is an error nothing is changed, in no file.
    """
    for step in make_ready(settings.load(ctx.obj), names, publish=publish, here=Path.cwd()):
        typer.echo(f"{step.path}: {'already ' if step.before is step.after else ''}{step.after}")
