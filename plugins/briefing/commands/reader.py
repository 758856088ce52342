"""`subscribers` for a single reader: add, remove, show, forget."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from briefing.commands.terminal import TERMINAL
from briefing.delivery.store.database import now
from briefing.delivery.subscribers import admin
from briefing.delivery.subscribers.cells import format_time
from briefing.errors import BriefingError, WrongUseError
from briefing.release.ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

Named = Annotated[str, typer.Argument(metavar="ADDRESS|READER", help="An email address or a reader's identifier.")]
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="An email address.")]


def add(
    ctx: typer.Context,
    address: Address,
    *,
    confirmed: Annotated[bool, typer.Option("--confirmed", help="The reader has already consented.")] = False,
    source: Annotated[
        str, typer.Option(metavar="TEXT", help="Where the reader consented, for the record.")
    ] = "added manually",
) -> None:
    """Add a reader to the list, without sending any mail. Readers who unsubscribed can only come back themselves.

    Without --confirmed the reader is pending, and gets no issue before confirming. A reader that you removed with `remove`
    is added again.
    """
    require_one_line("--source", source)
    with open_ledger(TERMINAL, ctx.obj) as database, database.writing() as connection:
        reader = admin.add(connection, database.secret, address, source, now(), is_confirmed=confirmed)
    typer.echo(f"{reader.reader}: {reader.state}")


def remove(ctx: typer.Context, named: Named) -> None:
    """Remove a reader, who is never mailed again unless you `add` them."""
    with open_ledger(TERMINAL, ctx.obj) as database, database.writing() as connection:
        was_known = admin.remove(connection, database.secret, named, now())
    typer.echo("removed" if was_known else "not on the list; suppressed anyway")


def show(
    ctx: typer.Context,
    named: Annotated[
        str, typer.Argument(metavar="[ADDRESS|READER]", help="One reader. Default: the totals of the list.")
    ] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the totals of the list, or one reader with a masked address."""
    with open_ledger(TERMINAL, ctx.obj, read_only=True) as database, database.reading() as connection:
        if named:
            answer = _one(admin.show(connection, database.secret, named))
        else:
            answer = asdict(admin.counts(connection, now()))
    typer.echo(json.dumps(answer, indent=2) if as_json else "\n".join(_lines(answer)))


def forget(ctx: typer.Context, address: Address) -> None:
    """Erase everything known about an address, except a keyed hash that keeps it from being mailed again."""
    with open_ledger(TERMINAL, ctx.obj) as database, database.writing() as connection:
        was_known = admin.forget(connection, database.secret, address, now())
    typer.echo("erased" if was_known else "nothing was known; suppressed anyway")


def require_one_line(option: str, text: str) -> None:
    """Raise WrongUseError if a text for the record contains a line break or an invisible character."""
    if not text.isprintable():
        msg = f"{option} contains a line break or an invisible character; write it on one line"
        raise WrongUseError(msg)


def _one(shown: admin.ReaderDetails | str) -> dict[str, object]:
    if isinstance(shown, str):
        if not shown:
            msg = "nothing is known about this reader; check the spelling of the address"
            raise BriefingError(msg)
        return {"reader": "", "suppressed": shown}
    known = shown.subscriber
    times = ("state_at", "joined_at", "consented_at", "paused_until")
    return {
        "reader": known.reader,
        "address": shown.address,
        "name": known.name,
        "state": known.state.value,
        "suppressed": shown.suppressed,
        "source": known.source,
        "text_version": known.text_version,
        **{name: format_time(getattr(known, name)) for name in times},
    }


def _lines(answer: dict[str, object], above: str = "") -> Iterator[str]:
    for name, value in answer.items():
        if isinstance(value, dict):
            yield from _lines(value, f"{name} ")
        elif value != "":
            yield f"{above}{name}: {value:,}" if isinstance(value, int) else f"{above}{name}: {value}"
