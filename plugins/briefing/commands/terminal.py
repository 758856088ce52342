"""The terminal as the console of every recipe."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from briefing.commands.progress import progress, waiting
from briefing.commands.prompts import confirm
from briefing.errors import WrongUseError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager


class Terminal:
    """Results on standard output, everything else on standard error. Implements `release.console.Console`."""

    def say(self, line: str) -> None:
        """Print a result."""
        typer.echo(line)

    def warn(self, line: str) -> None:
        """Print to standard error."""
        typer.echo(line, err=True)

    def confirm(self, question: str) -> bool:
        """Ask. Raises WrongUseError if standard input is not a terminal."""
        if not sys.stdin.isatty():
            msg = "cannot ask for confirmation without a terminal: run this on a terminal, or pass --yes"
            raise WrongUseError(msg)
        return confirm(question)

    def progress(self, task: str, total: int, done: int = 0) -> AbstractContextManager[Callable[[int], None]]:
        """Show a bar on a terminal, a line every ten seconds elsewhere."""
        return progress(task, total, done)

    def waiting(self, task: str) -> AbstractContextManager[Callable[[str], None]]:
        """Show the reason for waiting."""
        return waiting(task)


TERMINAL = Terminal()
