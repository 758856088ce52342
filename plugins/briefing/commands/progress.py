"""How far a long piece of work is: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Task
    from rich.status import Status

_LINE_EVERY = 10.0  # seconds


@contextmanager
def progress(what: str, total: int, done: int = 0) -> Iterator[Callable[[int], None]]:
    """Yield a function that is told how much is done now, of `total`; written to stderr."""
    if sys.stderr.isatty():
        yield from _bar(what, total, done)
    else:
        yield _lines(what, total, done)


@contextmanager
def waiting(what: str) -> Iterator[Callable[[str], None]]:
    """Yield a function that is told what is waited for; written to stderr, nothing where there is no wait."""
    if not sys.stderr.isatty():
        yield _waits(what)
        return
    status = Console(stderr=True).status(what)
    try:
        yield lambda why: _turn(status, f"{what}: {why}")
    finally:
        status.stop()


def _turn(status: Status, text: str) -> None:
    status.update(Text(text))
    status.start()


def _waits(what: str) -> Callable[[str], None]:
    last, said = -_LINE_EVERY, ""

    def tell(why: str) -> None:
        nonlocal last, said
        now = time.monotonic()
        if why != said or now - last >= _LINE_EVERY:
            last, said = now, why
            typer.echo(f"{what}: {why}", err=True)

    return tell


def _bar(what: str, total: int, done: int) -> Iterator[Callable[[int], None]]:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=total, completed=done)
        yield lambda number: shown.update(task, completed=number)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.1f}/s")


def _lines(what: str, total: int, done: int) -> Callable[[int], None]:
    begun = last = time.monotonic()

    def show(number: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _LINE_EVERY:
            last = now
            rate = (number - done) / (now - begun)
            left = f", about {(total - number) / rate:,.0f} s left" if rate else ""
            typer.echo(f"{what}: {number:,} of {total:,}, {rate:,.1f}/s{left}", err=True)

    return show
