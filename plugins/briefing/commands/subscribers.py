"""`subscribers`: the list, in and out, and for how long what is known of readers is kept."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - Typer reads the annotations at run time
from typing import TYPE_CHECKING, Annotated

import typer

from briefing import settings
from briefing.commands.ledger import ledger
from briefing.commands.progress import progress
from briefing.commands.reader import require_one_line
from briefing.delivery.store import retention
from briefing.delivery.store.database import now
from briefing.delivery.store.notification_queue import GRACE_DAYS
from briefing.delivery.store.tables import Membership
from briefing.delivery.subscribers import reconfirming
from briefing.delivery.subscribers.cells import read_instant
from briefing.delivery.subscribers.commit import is_unfinished
from briefing.delivery.subscribers.entries import ImportTerms
from briefing.delivery.subscribers.export import count, write_list
from briefing.delivery.subscribers.formats import FORMATS, OWN
from briefing.delivery.subscribers.importing import import_lists, look_at_lists
from briefing.delivery.subscribers.private_files import new_file
from briefing.errors import BriefingError, WrongUseError
from briefing.pages.formats import format_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from briefing.delivery.subscribers.evaluation import Imported
    from briefing.errors import Problem

_FORMATS = ", ".join(FORMATS)

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]
Source = Annotated[
    str, typer.Option("--source", metavar="TEXT", help="Where they agreed, for the record.", show_default=False)
]


def import_list(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="CSV files, such as a provider's export.")],
    *,
    origin: Annotated[
        str,
        typer.Option("--from", metavar="FORMAT", help=f"{_FORMATS}. Default: recognised by its columns."),
    ] = "",
    confirmed: Annotated[
        bool, typer.Option("--confirmed", help="Everybody has agreed of whom the file says nothing else.")
    ] = False,
    source: Source = "",
    consented_at: Annotated[
        str, typer.Option(metavar="DATE", help="When they agreed, where the file has no date.", show_default=False)
    ] = "",
    dry_run: DryRun = False,
) -> None:
    """Take readers from CSV files onto the list. Nobody is mailed, and nobody who left is brought back.

    Everything is taken, or nothing. A row that cannot be taken is named by its line, and the others are
    taken. Without --confirmed those of whom the file does not say that they agreed are pending: not mailed.
    """
    if origin:
        _require_format(origin, "--from")
    require_one_line("--source", source)
    time = now()
    terms = ImportTerms(time, confirmed, source.strip(), _past(consented_at, time))
    lists = look_at_lists(files, origin)
    with ledger(ctx.obj, reads=dry_run) as database, progress("import", sum(file.lines for file in lists)) as advanced:
        try:
            done = import_lists(database, lists, terms, _Listener(advanced), is_rehearsal=dry_run)
        except KeyboardInterrupt:
            with database.reading() as connection:
                is_part = is_unfinished(connection)
            then = "the rest is put on the list by the next command that uses it" if is_part else "nothing was imported"
            typer.echo(f"stopped; {then}", err=True)
            raise
    for line in _said(done, dry_run=dry_run):
        typer.echo(line)


def export(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="Default: standard output.")] = None,
    *,
    destination: Annotated[str, typer.Option("--for", metavar="FORMAT", help=f"{_FORMATS}.")] = OWN.name,
) -> None:
    """Write the list as CSV: one's own with everybody, their records and suppressions, or only the mailed for a provider.

    A new file can be read by you alone. It holds addresses: keep it out of the publication's git.
    """
    _require_format(destination, "--for")
    form, publication = FORMATS[destination], settings.load(ctx.obj)
    with ledger(ctx.obj, reads=True) as database, database.reading() as connection, new_file(file, publication) as out:
        with progress("export", count(connection)) as advanced:
            written = write_list(connection, database.secret, form, out or sys.stdout, advanced)
        sys.stdout.flush()
    typer.echo(f"{format_count(written, 'row')} written{f' to {file}' if file else ''}", err=True)


def tidy(ctx: typer.Context) -> None:
    """Forget what is older than the settings allow: who never confirmed, and who got which issue."""
    with ledger(ctx.obj) as database:
        done = retention.tidy(database, settings.load(ctx.obj), now())
    typer.echo(f"{format_count(done.pending, 'reader')} who never confirmed forgotten")
    typer.echo(
        f"{format_count(done.deliveries, 'delivery', 'deliveries')} of {format_count(done.campaigns, 'issue')} forgotten"
    )


def reconfirm(
    ctx: typer.Context,
    *,
    older_than: Annotated[
        str, typer.Option(metavar="AGE", help="Whose consent is older: 18m, 2y, 90d.", show_default=False)
    ] = "",
    finish: Annotated[
        bool,
        typer.Option("--finish", help=f"Make pending who was asked {GRACE_DAYS} days ago and has not answered."),
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Ask readers who agreed long ago to agree again, by a letter of the list server. They stay on the list.

    Only --finish takes those off who did not answer: they become pending, and are forgotten as others who never
    confirmed.
    """
    if bool(older_than) == finish:
        msg = "give either --older-than AGE, to ask, or --finish, to stop mailing who has not answered"
        raise WrongUseError(msg)
    if older_than and not settings.load(ctx.obj).options.delivery.listserver:
        msg = 'the list server mails the letters: set BRIEFING["delivery"]["listserver"] and run it'
        raise BriefingError(msg)
    age = reconfirming.read_age(older_than) if older_than else 0
    with ledger(ctx.obj, reads=dry_run) as database, database.writing() as connection:
        time = now()
        if finish:
            number = reconfirming.stop_unanswered(connection, time, is_rehearsal=dry_run)
        else:
            number = reconfirming.ask_again(connection, time - age, time, is_rehearsal=dry_run)
    would = "would be " if dry_run else ""
    typer.echo(f"{format_count(number, 'reader')} {would}{'made pending' if finish else 'asked again'}")


class _Listener:
    """Prints what an import tells."""

    def __init__(self, advanced: Callable[[int], None]) -> None:
        self._advanced = advanced

    def note(self, text: str) -> None:
        typer.echo(text, err=True)

    def refused(self, problem: Problem) -> None:
        typer.echo(problem, err=True)

    def doubted(self, problem: Problem) -> None:
        typer.echo(problem, err=True)

    def advanced(self, rows: int) -> None:
        self._advanced(rows)


def _require_format(name: str, option: str) -> None:
    if name not in FORMATS:
        msg = f"{option} {name}: there is no such format; use one of {_FORMATS}"
        raise WrongUseError(msg)


def _past(text: str, time: int) -> int:
    try:
        seconds = read_instant(text)
    except ValueError:
        msg = f"`{text}` is not a valid date such as 2026-03-30"
        raise WrongUseError(msg) from None
    if seconds > time:
        msg = f"--consented-at {text} is yet to come; give the day on which they agreed"
        raise WrongUseError(msg)
    return seconds


def _said(done: Imported, *, dry_run: bool) -> Iterator[str]:
    yield f"{format_count(done.rows, 'row')} read{'; nothing is kept, this is a dry run' if dry_run else ''}"
    for state, number in sorted(done.added.items()):
        yield f"{state}: {number:,} new"
    numbers = {
        "were pending and are confirmed": done.confirmed,
        "were on the list and have left": done.left,
        "suppressed by hash": done.barred,
        "were known; nothing changed": done.known,
        "refused; see above": done.refused,
        "of those confirmed without a date of their consent; --consented-at gives one": done.undated,
    }
    yield from (f"{number:,} {what}" for what, number in numbers.items() if number)
    if done.added[Membership.PENDING]:
        yield "pending readers are not mailed; where they have agreed, import the list again with --confirmed"
