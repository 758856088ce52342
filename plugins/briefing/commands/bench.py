"""`bench`: the benchmarks, with peers side by side."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from briefing.commands.test import install, require_tests
from briefing.errors import WrongUseError

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "tests/benchmarks"


def bench(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Which one; without it they are listed.")] = "",
    arguments: Annotated[list[str] | None, typer.Argument(metavar="[ARGS]...", help="Handed to it.")] = None,
) -> None:
    """Run a benchmark: medians of interleaved rounds, as ratios to a peer that ran in between on the same machine."""
    root: Path = ctx.obj
    require_tests(root)
    known = {file.stem: file for file in sorted((root / FOLDER).glob("*.py")) if _is_benchmark(file)}
    if not name:
        width = max(map(len, known), default=0) + 2
        for stem, file in known.items():
            typer.echo(f"{stem:<{width}}{_said(file)}")
        return
    if name not in known:
        msg = f"there is no benchmark `{name}`; there are {', '.join(known)}"
        raise WrongUseError(msg)
    install(root)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root / "plugins"), str(root)])}
    done = subprocess.run([sys.executable, str(known[name]), *(arguments or [])], env=environment, check=False)
    if done.returncode:
        raise typer.Exit(1)


def _is_benchmark(file: Path) -> bool:
    """Whether it says how it is run, in its first line: what only makes something for others does not."""
    return f": `bench {file.stem}" in _said(file)


def _said(file: Path) -> str:
    return file.read_text(encoding="utf-8").partition("\n")[0].strip('"')
