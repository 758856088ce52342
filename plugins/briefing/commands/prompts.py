"""Questions on the terminal. Ctrl-C at a question ends the command."""

from __future__ import annotations

import typer

from briefing.release.console import INTERRUPTED, EndedEarly


def confirm(question: str, *, default: bool = False) -> bool:
    """Return whether the answer is yes. Raises EndedEarly on Ctrl-C, or if standard input is closed."""
    try:
        return typer.confirm(question, default=default)
    except typer.Abort:
        typer.echo(err=True)
        raise EndedEarly(INTERRUPTED) from None


def prompt(question: str, *, default: str) -> str:
    """Return the answer, or `default` if it is empty. Raises EndedEarly like `confirm`."""
    try:
        answer: str = typer.prompt(question, default=default, show_default=bool(default))
    except typer.Abort:
        typer.echo(err=True)
        raise EndedEarly(INTERRUPTED) from None
    return answer
