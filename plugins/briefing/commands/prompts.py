"""Questions to whoever sits at the terminal. Ctrl-C at one of them ends the command as it does anywhere else."""

from __future__ import annotations

import typer

from briefing.release.console import INTERRUPTED, EndedEarly


def agreed(question: str, *, default: bool = False) -> bool:
    """Whether the answer is yes. Raises EndedEarly at Ctrl-C, and where the terminal is closed."""
    try:
        return typer.confirm(question, default=default)
    except typer.Abort:
        typer.echo(err=True)
        raise EndedEarly(INTERRUPTED) from None


def answer(question: str, *, default: str) -> str:
    """What is written in answer; `default`, which is shown, for nothing. Raises EndedEarly as `agreed` does."""
    try:
        said: str = typer.prompt(question, default=default, show_default=bool(default))
    except typer.Abort:
        typer.echo(err=True)
        raise EndedEarly(INTERRUPTED) from None
    return said
