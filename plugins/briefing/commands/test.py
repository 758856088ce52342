"""`test`: install the test requirements and run the tests."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from briefing.errors import BriefingError

REQUIREMENTS = "requirements-test.txt"
NOTHING_MISSING = "BRIEFING_TEST_ALL"


def test(
    ctx: typer.Context,
    arguments: Annotated[list[str] | None, typer.Argument(metavar="[ARGS]...", help="Arguments for pytest.")] = None,
    *,
    everything: Annotated[
        bool,
        typer.Option(
            "--all", help="Fail instead of skipping tests if a tool such as the browser is missing; show coverage."
        ),
    ] = False,
) -> None:
    """Install the test requirements if they changed, and run the tests: pytest, ruff and mypy.

    Arguments go to pytest: `test -k digest -x` runs the tests about digests and stops at the first failure.
    """
    root: Path = ctx.obj
    require_tests(root)
    install(root)
    environment = {**os.environ, "PYTHONPATH": str(root / "plugins"), NOTHING_MISSING: "1" if everything else ""}
    coverage = ["--cov", "--cov-report=term:skip-covered"] if everything else []
    suite = [sys.executable, "-m", "pytest", *(arguments or ["--numprocesses=2", *coverage])]
    if subprocess.run(suite, cwd=root, env=environment, check=False).returncode:
        raise typer.Exit(1)


def require_tests(root: Path) -> None:
    """Raise BriefingError if this copy has no tests, as in the container image."""
    if not ((root / "tests").is_dir() and (root / REQUIREMENTS).is_file()):
        msg = "this copy of the program has no tests; run it in the repository"
        raise BriefingError(msg)


def install(root: Path) -> None:
    """Install requirements-test.txt into this Python's environment, unless it is already installed."""
    stamp = Path(sys.prefix) / REQUIREMENTS
    with (root / REQUIREMENTS).open(encoding="utf-8") as wanted:
        fcntl.flock(wanted, fcntl.LOCK_EX)
        text = wanted.read()
        if stamp.exists() and stamp.read_text(encoding="utf-8") == text:
            return
        if sys.prefix == sys.base_prefix:
            msg = f"{REQUIREMENTS} is only installed into .venv; run `python3 tasks.py test`"
            raise BriefingError(msg)
        typer.echo(f"Installing {REQUIREMENTS} into {Path(sys.prefix).name}.", err=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        if code := subprocess.run([*pip, "--requirement", REQUIREMENTS], cwd=root, check=False).returncode:
            msg = f"could not install {REQUIREMENTS}: pip exited with {code}, see above; fix that, then run this again"
            raise BriefingError(msg)
        stamp.write_text(text, encoding="utf-8")
