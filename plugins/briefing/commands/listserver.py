"""`listserver`: the web service for subscribing and unsubscribing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from briefing import settings
from briefing.commands.options import Via  # noqa: TC001 - Typer reads the annotations at run time
from briefing.commands.terminal import TERMINAL
from briefing.delivery.listserver.append_only import queue_application
from briefing.delivery.listserver.server import PORT, BindAddress, listen, serve
from briefing.delivery.store.database import open_database
from briefing.release.ledger import secure_private, warn_of_new_secret
from briefing.release.mail_setup import open_transport_and_signer, transport_url


def listserver(
    ctx: typer.Context,
    *,
    host: Annotated[str, typer.Option("--host", help="The local address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 for any free port.")] = PORT,
    proxies: Annotated[
        str,
        typer.Option(
            "--trusted-proxy",
            metavar="ADDRESSES",
            help="Proxies whose X-Forwarded-For is trusted: addresses or networks, separated by commas.",
            show_default=False,
        ),
    ] = "",
    via: Via = "",
    append_only: Annotated[
        str,
        typer.Option(
            "--append-only",
            metavar="FOLDER",
            help="Only accept unsubscribe requests, and queue them in this folder for `inbox`: no database, no mail.",
            show_default=False,
        ),
    ] = "",
) -> None:
    """Run the web service where readers subscribe, confirm, pause, change their address and unsubscribe.

    It also sends the mails that this needs. It runs until you stop it, behind a web server that provides HTTPS. `send` can
    use the same database at the same time.
    """
    publication = settings.load(ctx.obj)
    secure_private(TERMINAL, publication)
    place = BindAddress(host, port, proxies)
    if append_only:
        listen(queue_application(publication, Path(append_only).absolute(), os.environ, _log), place, _log)
        return
    url = transport_url(publication, via, allow_provider=False)
    database = open_database(publication, os.environ)
    try:
        warn_of_new_secret(TERMINAL, database.secret)
        transport, signer = open_transport_and_signer(publication, url)
        serve(publication, database, transport, signer, place, _log)
    finally:
        database.close()


def _log(line: str) -> None:
    print(line, flush=True)
