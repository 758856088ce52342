"""`inbox`: what comes back, taken in."""

from __future__ import annotations

import json
import os
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from briefing import settings
from briefing.commands.terminal import TERMINAL
from briefing.delivery.inbox.intake import NAMES, take_in
from briefing.delivery.store.database import now, open_database
from briefing.delivery.store.notification_queue import has_due
from briefing.errors import BriefingError, WrongUseError
from briefing.release.ledger import secure_private

if TYPE_CHECKING:
    from briefing.delivery.inbox.intake import Summary
    from briefing.settings import Settings

_FEW = 20
_OFTEN = 5_000


def inbox(
    ctx: typer.Context,
    *,
    source: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="URL",
            help="imaps://user@host, maildir:FOLDER, mbox:FILE, jsonl:FILE or sqs://REGION/ACCOUNT/QUEUE. "
            "Default: delivery.inbox.",
            show_default=False,
        ),
    ] = "",
    via: Annotated[
        str,
        typer.Option(
            "--via",
            metavar="URL",
            help="What mails the letters that wait. Default: as for `send`, if there is no list server.",
            show_default=False,
        ),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done; move nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Process bounces, complaints and unsubscribe requests from a mailbox, a file of events or a queue.

    Mails that were taken in are moved to the folder Processed, all others to Other (in an mbox file they stay); nothing
    is deleted. Killed or repeated, it takes in nothing twice and loses nothing. The mailbox's password is in BRIEFING_IMAP_PASSWORD.
    If nobody confirms who wrote that they want to leave, they are asked by mail: by the list server, or from here if
    there is none or --via is given.
    """
    publication = settings.load(ctx.obj)
    secure_private(TERMINAL, publication, repair=not dry_run)
    summary = take_in(publication, source, os.environ, here=Path.cwd(), is_dry=dry_run, on_progress=_show)
    if sys.stderr.isatty():
        typer.echo("\r", nl=False, err=True)
    if as_json:
        typer.echo(json.dumps(summary.as_json(), indent=2))
    else:
        for line in _lines(summary):
            typer.echo(line)
    for problem in summary.problems:
        typer.echo(problem, err=True)
    is_all_posted = dry_run or (publication.options.delivery.listserver and not via) or _post(publication, via)
    if summary.problems or not is_all_posted:
        raise typer.Exit(1)


def _post(publication: Settings, via: str) -> bool:
    """Mail the letters that wait; whether nothing stood in the way."""
    faults: list[str] = []
    with closing(open_database(publication, os.environ)) as database:
        with database.reading() as connection:
            if not has_due(connection, now()):
                return True
        from briefing.delivery.listserver.mail_once import post_due
        from briefing.release.mail_setup import open_transport_and_signer, transport_url

        try:
            url = transport_url(publication, via, allow_provider=False)
        except WrongUseError as error:
            msg = f"letters wait to be mailed: {error}"
            raise BriefingError(msg) from error
        transport, signer = open_transport_and_signer(publication, url)
        post_due(publication, database, transport, signer, faults.append)
    for fault in faults:
        typer.echo(fault, err=True)
    return not faults


def _show(done: int, total: int) -> None:
    of = f" of {total:,}" if total else ""
    if sys.stderr.isatty():
        typer.echo(f"\rlooked at {done:,}{of} ", nl=False, err=True)
    elif done % _OFTEN == 0:
        typer.echo(f"looked at {done:,}{of}", err=True)


def _lines(summary: Summary) -> list[str]:
    lines = [f"{summary.counts[name]:,} {said}" for name, said in NAMES.items() if summary.counts[name]]
    lines += [f"  {place}: {reason}" for place, reason in summary.places[:_FEW]]
    if len(summary.places) > _FEW:
        lines.append(f"  and {len(summary.places) - _FEW:,} more")
    head = "dry run, nothing is changed" if summary.is_dry else "taken in"
    return [f"{summary.name}: {head}", *lines] if lines else [f"{summary.name}: nothing new"]
