"""Questions to whoever sits at the terminal. Ctrl-C at one of them ends the command as it does anywhere else."""

from __future__ import annotations

import typer

INTERRUPTED = 130


def agreed(question: str, *, default: bool = False) -> bool:
    """Whether the answer is yes. Raises typer.Exit at Ctrl-C, and where the terminal is closed."""
    try:
        return typer.confirm(question, default=default)
    except typer.Abort:
        typer.echo(err=True)
        raise typer.Exit(INTERRUPTED) from None


def answer(question: str, *, default: str) -> str:
    """What is written in answer; `default`, which is shown, for nothing. Raises typer.Exit as `agreed` does."""
    try:
        said: str = typer.prompt(question, default=default, show_default=bool(default))
    except typer.Abort:
        typer.echo(err=True)
        raise typer.Exit(INTERRUPTED) from None
    return said
