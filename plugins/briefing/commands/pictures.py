"""`pictures`: screenshots of the site and of a digest, for the documentation."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from briefing import settings as configuration
from briefing.content.model import Status
from briefing.errors import WrongUseError

if TYPE_CHECKING:
    from briefing.content.model import Issue
    from briefing.settings import Settings


def pictures(
    ctx: typer.Context,
    issue: Annotated[
        str, typer.Argument(metavar="[ISSUE]", help="The issue. Default: the newest that is not a draft.")
    ] = "",
    into: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The folder for the screenshots. Default: docs/images.")
    ] = None,
) -> None:
    """Take screenshots of the home page and of a digest: light, dark, without images, and 320 pixels wide.

    Builds the publication in a temporary folder and serves it on this machine only. Needs Chromium.
    """
    from briefing.commands.serve import rebuild
    from briefing.preview.chromium import find_chromium
    from briefing.preview.screenshots import screenshots_of, take_screenshots
    from briefing.preview.session import host_site

    root = Path(ctx.obj)
    settings = configuration.load(root)
    program = find_chromium()
    shown = _issue(issue, settings)
    folder = into or root / "docs" / "images"
    with tempfile.TemporaryDirectory(prefix="briefing-") as temporary:
        output = Path(temporary) / "site"
        with host_site(output) as host:
            rebuild(root, host.url, output, shown.status is Status.DRAFT)
            host.show()
            for file in take_screenshots(program, screenshots_of(host.url, shown.id), folder):
                print(f"{file}: {file.stat().st_size / 1000:.0f} KB", flush=True)


def _issue(name: str, settings: Settings) -> Issue:
    """The issue of this name, or the newest that is not a draft."""
    from briefing.content.library import read_library

    issues = read_library(settings).issues
    wanted = (one for one in issues if (one.id == name if name else one.status is not Status.DRAFT))
    newest = max(wanted, key=lambda one: (one.date, one.id), default=None)
    if newest is None:
        known = ", ".join(one.id for one in issues) or "none"
        msg = (
            f"there is no issue `{name}`: the issues are {known}"
            if name
            else "there is no issue yet: create one with `new issue`"
        )
        raise WrongUseError(msg)
    return newest
