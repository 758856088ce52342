"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from briefing.release.mail_setup import VARIABLE

Via = Annotated[
    str,
    typer.Option(
        "--via",
        metavar="URL",
        help=f"The mail transport: smtp://USER@HOST:587, file:FOLDER, ... Default: {VARIABLE}, then the settings.",
        show_default=False,
    ),
]
NoSiteCheck = Annotated[
    bool, typer.Option("--no-site-check", help="Do not check that the site and the list server respond.")
]
