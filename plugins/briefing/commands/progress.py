"""The progress of a long task: a bar on a terminal, a line every ten seconds elsewhere."""

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
def progress(task: str, total: int, done: int = 0) -> Iterator[Callable[[int], None]]:
    """Yield a function to call with how much of `total` is done. Writes to standard error."""
    if sys.stderr.isatty():
        yield from _bar(task, total, done)
    else:
        yield _lines(task, total, done)


@contextmanager
def waiting(task: str) -> Iterator[Callable[[str], None]]:
    """Yield a function to call with the reason for waiting. Writes to standard error, and nothing without a call."""
    if not sys.stderr.isatty():
        yield _reasons(task)
        return
    status = Console(stderr=True).status(task)
    try:
        yield lambda reason: _spin(status, f"{task}: {reason}")
    finally:
        status.stop()


def _spin(status: Status, text: str) -> None:
    status.update(Text(text))
    status.start()


def _reasons(task: str) -> Callable[[str], None]:
    """Print a reason when it changes, and again every ten seconds."""
    last, shown = -_LINE_EVERY, ""

    def show(reason: str) -> None:
        nonlocal last, shown
        now = time.monotonic()
        if reason != shown or now - last >= _LINE_EVERY:
            last, shown = now, reason
            typer.echo(f"{task}: {reason}", err=True)

    return show


def _bar(name: str, total: int, done: int) -> Iterator[Callable[[int], None]]:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(name, total=total, completed=done)
        yield lambda number: shown.update(task, completed=number)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed or 0:,.1f}/s")


def _lines(task: str, total: int, done: int) -> Callable[[int], None]:
    started = last = time.monotonic()

    def show(number: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _LINE_EVERY:
            last = now
            rate = (number - done) / (now - started)
            left = f", about {(total - number) / rate:,.0f} s left" if rate else ""
            typer.echo(f"{task}: {number:,} of {total:,}, {rate:,.1f}/s{left}", err=True)

    return show
