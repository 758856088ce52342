"""`subscribers`, one reader at a time: added, removed, shown, forgotten."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from briefing.commands.terminal import TERMINAL
from briefing.delivery.store.database import now
from briefing.delivery.subscribers import admin
from briefing.delivery.subscribers.cells import instant
from briefing.errors import BriefingError, WrongUseError
from briefing.release.ledger import open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

Named = Annotated[str, typer.Argument(metavar="ADDRESS|READER", help="An address, or a reader's identifier.")]
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="An address.")]


def add(
    ctx: typer.Context,
    address: Address,
    *,
    confirmed: Annotated[bool, typer.Option("--confirmed", help="They have agreed already.")] = False,
    source: Annotated[
        str, typer.Option(metavar="TEXT", help="Where they agreed, for the record.")
    ] = "added by the desk",
) -> None:
    """Put one reader on the list; nobody is mailed. Who left can only come back by themselves.

    Without --confirmed they are pending: not mailed before they confirm. A removal by `remove` is taken back.
    """
    require_one_line("--source", source)
    with open_ledger(TERMINAL, ctx.obj) as database, database.writing() as connection:
        reader = admin.add(connection, database.secret, address, source, now(), is_confirmed=confirmed)
    typer.echo(f"{reader.reader}: {reader.state}")


def remove(ctx: typer.Context, named: Named) -> None:
    """Never mail a reader again, by the desk's decision. `add` takes it back."""
    with open_ledger(TERMINAL, ctx.obj) as database, database.writing() as connection:
        was_known = admin.remove(connection, database.secret, named, now())
    typer.echo("removed" if was_known else "was not on the list; is suppressed all the same")


def show(
    ctx: typer.Context,
    named: Annotated[
        str, typer.Argument(metavar="[ADDRESS|READER]", help="One reader. Default: the list in numbers.")
    ] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the list in numbers, or what is known of one reader; their address is masked."""
    with open_ledger(TERMINAL, ctx.obj, read_only=True) as database, database.reading() as connection:
        if named:
            answer = _one(admin.show(connection, database.secret, named))
        else:
            answer = asdict(admin.counts(connection, now()))
    typer.echo(json.dumps(answer, indent=2) if as_json else "\n".join(_lines(answer)))


def forget(ctx: typer.Context, address: Address) -> None:
    """Erase all that is known of an address but a keyed hash, by which it is never mailed again."""
    with open_ledger(TERMINAL, ctx.obj) as database, database.writing() as connection:
        was_known = admin.forget(connection, database.secret, address, now())
    typer.echo("forgotten" if was_known else "nothing was known; it is never mailed all the same")


def require_one_line(option: str, text: str) -> None:
    """Raise WrongUseError where a text for the record holds a line break or another sign that is not seen."""
    if not text.isprintable():
        msg = f"{option} holds a line break or an invisible character; write it on one line"
        raise WrongUseError(msg)


def _one(shown: admin.ReaderDetails | str) -> dict[str, object]:
    if isinstance(shown, str):
        if not shown:
            msg = "nothing is known of this reader; look whether the address is written as on the list"
            raise BriefingError(msg)
        return {"reader": "", "suppressed": shown}
    known = shown.subscriber
    times = ("state_at", "joined_at", "consented_at", "paused_until", "asked_at")
    return {
        "reader": known.reader,
        "address": shown.address,
        "name": known.name,
        "state": known.state.value,
        "suppressed": shown.suppressed,
        "source": known.source,
        "text_version": known.text_version,
        **{name: instant(getattr(known, name)) for name in times},
    }


def _lines(answer: dict[str, object], above: str = "") -> Iterator[str]:
    for name, value in answer.items():
        if isinstance(value, dict):
            yield from _lines(value, f"{name} ")
        elif value != "":
            yield f"{above}{name}: {value:,}" if isinstance(value, int) else f"{above}{name}: {value}"
