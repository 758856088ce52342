"""`bench`: the benchmarks, side by side with their peers."""

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
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="The benchmark. Default: list them.")] = "",
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[ARGS]...", help="Arguments for the benchmark.")
    ] = None,
) -> None:
    """Run a benchmark. Results are medians of interleaved rounds, as ratios to a peer on the same machine."""
    root: Path = ctx.obj
    require_tests(root)
    known = {file.stem: file for file in sorted((root / FOLDER).glob("*.py")) if _is_benchmark(file)}
    if not name:
        width = max(map(len, known), default=0) + 2
        for stem, file in known.items():
            typer.echo(f"{stem:<{width}}{_first_line(file)}")
        return
    if name not in known:
        msg = f"`{name}` is not a benchmark: choose one of {', '.join(known)}"
        raise WrongUseError(msg)
    install(root)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root / "plugins"), str(root)])}
    done = subprocess.run([sys.executable, str(known[name]), *(arguments or [])], env=environment, check=False)
    if done.returncode:
        raise typer.Exit(1)


def _is_benchmark(file: Path) -> bool:
    """Whether its first line says how to run it; a module that only supports others has no such line."""
    return f": `bench {file.stem}" in _first_line(file)


def _first_line(file: Path) -> str:
    return file.read_text(encoding="utf-8").partition("\n")[0].strip('"')
