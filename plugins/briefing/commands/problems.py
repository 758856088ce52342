"""Warnings of a command that went on, as they are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from briefing.errors import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from briefing.errors import Problem


def say_warnings(problems: Sequence[Problem]) -> None:
    """Print each on stderr, then how many there are; nothing without any."""
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        typer.echo(counted(problems), err=True)
