"""`test`: the suite, with what it needs installed first."""

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
    arguments: Annotated[list[str] | None, typer.Argument(metavar="[ARGS]...", help="Handed to pytest.")] = None,
    *,
    everything: Annotated[
        bool,
        typer.Option(
            "--all", help="Fail where a tool such as the browser is missing, instead of skipping; show coverage."
        ),
    ] = False,
) -> None:
    """Install what the tests need, where that changed, and run the suite: pytest, ruff and mypy.

    Arguments are pytest's: `test -k digest -x` runs what concerns digests and stops at the first failure.
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
    """Raise BriefingError where the program came without its tests, as in the image for containers."""
    if not ((root / "tests").is_dir() and (root / REQUIREMENTS).is_file()):
        msg = "this copy of the program has no tests; run it in the repository"
        raise BriefingError(msg)


def install(root: Path) -> None:
    """Bring this Python's environment to requirements-test.txt; nothing is done where it is there already."""
    stamp = Path(sys.prefix) / REQUIREMENTS
    with (root / REQUIREMENTS).open(encoding="utf-8") as wanted:
        fcntl.flock(wanted, fcntl.LOCK_EX)
        text = wanted.read()
        if stamp.exists() and stamp.read_text(encoding="utf-8") == text:
            return
        if sys.prefix == sys.base_prefix:
            msg = f"{REQUIREMENTS} is installed into .venv only; run `python3 tasks.py test`"
            raise BriefingError(msg)
        typer.echo(f"Installing {REQUIREMENTS} into {Path(sys.prefix).name}.", err=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        if code := subprocess.run([*pip, "--requirement", REQUIREMENTS], cwd=root, check=False).returncode:
            msg = f"could not install {REQUIREMENTS}: pip ended with {code}, see above; mend that, then run this again"
            raise BriefingError(msg)
        stamp.write_text(text, encoding="utf-8")
