"""`inbox`: bounces, complaints and unsubscribe requests."""

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
from briefing.delivery.inbox.intake import NAMES, process_inbox
from briefing.delivery.store.database import now, open_database
from briefing.delivery.store.notification_queue import has_due
from briefing.errors import BriefingError, WrongUseError
from briefing.release.ledger import secure_private

if TYPE_CHECKING:
    from briefing.delivery.inbox.intake import Summary
    from briefing.settings import Settings

_SHOWN = 20
_PROGRESS_EVERY = 5_000


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
            help="The mail transport for notifications. Default: as for `send`, if there is no list server.",
            show_default=False,
        ),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Process bounces, complaints and unsubscribe requests from a mailbox, a file of events or a queue.

    Processed mails are moved to the folder Processed, all others to Other; in an mbox file they stay. Nothing is deleted,
    processed twice or lost, even if the command is interrupted. Set the mailbox's password in BRIEFING_IMAP_PASSWORD.
    If the sender of an unsubscribe request cannot be verified, the reader is asked to confirm by mail. The list server
    sends that mail; without one, or with --via, this command does.
    """
    publication = settings.load(ctx.obj)
    secure_private(TERMINAL, publication, repair=not dry_run)
    summary = process_inbox(
        publication, source, os.environ, here=Path.cwd(), is_dry=dry_run, on_progress=_show_progress
    )
    if sys.stderr.isatty():
        typer.echo("\r", nl=False, err=True)
    if as_json:
        typer.echo(json.dumps(summary.as_json(), indent=2))
    else:
        for line in _lines(summary):
            typer.echo(line)
    for problem in summary.problems:
        typer.echo(problem, err=True)
    all_sent = dry_run or (publication.options.delivery.listserver and not via) or _send_notifications(publication, via)
    if summary.problems or not all_sent:
        raise typer.Exit(1)


def _send_notifications(publication: Settings, via: str) -> bool:
    """Send the notifications that are due; return whether all were sent."""
    faults: list[str] = []
    with closing(open_database(publication, os.environ)) as database:
        with database.reading() as connection:
            if not has_due(connection, now()):
                return True
        from briefing.delivery.listserver.mail_once import send_due
        from briefing.release.mail_setup import open_transport_and_signer, transport_url

        try:
            url = transport_url(publication, via, allow_provider=False)
        except WrongUseError as error:
            msg = f"cannot send notifications: {error}"
            raise BriefingError(msg) from error
        transport, signer = open_transport_and_signer(publication, url)
        send_due(publication, database, transport, signer, faults.append)
    for fault in faults:
        typer.echo(fault, err=True)
    return not faults


def _show_progress(done: int, total: int) -> None:
    of = f" of {total:,}" if total else ""
    if sys.stderr.isatty():
        typer.echo(f"\rprocessed {done:,}{of} ", nl=False, err=True)
    elif done % _PROGRESS_EVERY == 0:
        typer.echo(f"processed {done:,}{of}", err=True)


def _lines(summary: Summary) -> list[str]:
    lines = [f"{summary.counts[name]:,} {label}" for name, label in NAMES.items() if summary.counts[name]]
    lines += [f"  {place}: {reason}" for place, reason in summary.places[:_SHOWN]]
    if len(summary.places) > _SHOWN:
        lines.append(f"  and {len(summary.places) - _SHOWN:,} more")
    head = "dry run, nothing changed" if summary.is_dry else "processed"
    return [f"{summary.name}: {head}", *lines] if lines else [f"{summary.name}: nothing new"]
