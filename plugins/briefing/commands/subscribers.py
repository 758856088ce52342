"""`subscribers`: import, export and retention of the list."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - Typer reads the annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer

from briefing import settings
from briefing.commands.progress import progress
from briefing.commands.reader import require_one_line
from briefing.commands.terminal import TERMINAL
from briefing.delivery.store import retention
from briefing.delivery.store.database import now
from briefing.delivery.store.tables import Membership
from briefing.delivery.store.unfinished_import import is_import_unfinished
from briefing.delivery.subscribers.cells import parse_time
from briefing.delivery.subscribers.entries import ImportOptions
from briefing.delivery.subscribers.export import count, write_list
from briefing.delivery.subscribers.formats import FORMATS, OWN
from briefing.delivery.subscribers.importing import import_lists, inspect_files
from briefing.delivery.subscribers.private_files import new_text_file
from briefing.errors import WrongUseError
from briefing.pages.formats import format_count
from briefing.release.ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from briefing.delivery.subscribers.evaluation import Imported
    from briefing.errors import Problem

_FORMATS = ", ".join(FORMATS)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")]
Source = Annotated[
    str,
    typer.Option("--source", metavar="TEXT", help="Where the readers consented, for the record.", show_default=False),
]


def import_list(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="CSV files, such as a provider's export.")],
    *,
    origin: Annotated[
        str,
        typer.Option("--from", metavar="FORMAT", help=f"{_FORMATS}. Default: detected from the columns."),
    ] = "",
    confirmed: Annotated[bool, typer.Option("--confirmed", help="Treat rows without a status as confirmed.")] = False,
    source: Source = "",
    consented_at: Annotated[
        str, typer.Option(metavar="DATE", help="The date of consent for rows without one.", show_default=False)
    ] = "",
    dry_run: DryRun = False,
) -> None:
    """Import readers from CSV files. Nobody is mailed, and readers who unsubscribed stay unsubscribed.

    All valid rows are imported, or none if the command fails. Rows that are refused are listed with their line. Without
    --confirmed, rows without a status are imported as pending, and get no issue.
    """
    if origin:
        _require_format(origin, "--from")
    require_one_line("--source", source)
    time = now()
    options = ImportOptions(time, confirmed, source.strip(), _past(consented_at, time))
    lists = inspect_files(files, origin)
    with (
        open_ledger(TERMINAL, ctx.obj, read_only=dry_run) as database,
        progress("import", sum(file.lines for file in lists)) as advanced,
    ):
        try:
            done = import_lists(database, lists, options, _Printer(advanced), is_dry_run=dry_run)
        except KeyboardInterrupt:
            with database.reading() as connection:
                is_part = is_import_unfinished(connection)
            then = "the next command that uses the list completes the import" if is_part else "nothing was imported"
            typer.echo(f"stopped; {then}", err=True)
            raise
    for line in _summary(done, dry_run=dry_run):
        typer.echo(line)


def export(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Default: standard output.")] = None,
    *,
    destination: Annotated[str, typer.Option("--for", metavar="FORMAT", help=f"{_FORMATS}.")] = OWN.name,
) -> None:
    """Export the list as CSV: all readers with their records and suppressions, or for a provider only active readers.

    Only you can read the new file. It contains addresses: do not commit it.
    """
    _require_format(destination, "--for")
    form, publication = FORMATS[destination], settings.load(ctx.obj)
    with (
        open_ledger(TERMINAL, ctx.obj, read_only=True) as database,
        database.reading() as connection,
        new_text_file(file, publication) as out,
    ):
        with progress("export", count(connection)) as advanced:
            written = write_list(connection, database.secret, form, out or sys.stdout, advanced)
        sys.stdout.flush()
    typer.echo(f"{format_count(written, 'row')} written{f' to {file}' if file else ''}", err=True)


def tidy(ctx: typer.Context) -> None:
    """Delete data that is older than the settings allow: unconfirmed subscribers, and who got which issue."""
    with open_ledger(TERMINAL, ctx.obj) as database:
        done = retention.tidy(database, settings.load(ctx.obj), now())
    typer.echo(f"deleted {format_count(done.pending, 'unconfirmed subscriber')}")
    typer.echo(
        f"deleted {format_count(done.deliveries, 'delivery', 'deliveries')} of {format_count(done.campaigns, 'issue')}"
    )


class _Printer:
    """Prints the messages of an import."""

    def __init__(self, advanced: Callable[[int], None]) -> None:
        self._advanced = advanced

    def note(self, text: str) -> None:
        typer.echo(text, err=True)

    def refused(self, problem: Problem) -> None:
        typer.echo(problem, err=True)

    def warned(self, problem: Problem) -> None:
        typer.echo(problem, err=True)

    def advanced(self, rows: int) -> None:
        self._advanced(rows)


def _require_format(name: str, option: str) -> None:
    if name not in FORMATS:
        msg = f"{option}: `{name}` is not a known format; use one of {_FORMATS}"
        raise WrongUseError(msg)


def _past(text: str, time: int) -> int:
    try:
        seconds = parse_time(text)
    except ValueError:
        msg = f"`{text}` is not a valid date such as 2026-03-30"
        raise WrongUseError(msg) from None
    if seconds > time:
        msg = f"--consented-at {text} is in the future; pass the date of consent"
        raise WrongUseError(msg)
    return seconds


def _summary(done: Imported, *, dry_run: bool) -> Iterator[str]:
    yield f"{format_count(done.rows, 'row')} read{'; dry run, nothing imported' if dry_run else ''}"
    for state, number in sorted(done.added.items()):
        yield f"{state}: {number:,} new"
    numbers = {
        "confirmed, pending before": done.confirmed,
        "unsubscribed, on the list before": done.left,
        "suppressed by hash": done.suppressed,
        "already known; nothing changed": done.known,
        "refused; see above": done.refused,
        "confirmed without a date of consent; set one with --consented-at": done.undated,
    }
    yield from (f"{number:,} {what}" for what, number in numbers.items() if number)
    if done.added[Membership.PENDING]:
        yield "pending readers are not mailed; if they have consented, import the list again with --confirmed"
