"""A command in this process: what tests do that look at what it does, and not at how its process ends."""

from __future__ import annotations

import io
import subprocess
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING

import pytest

from briefing.commands.app import main

if TYPE_CHECKING:
    from pathlib import Path


def run_here(root: Path, *argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The same as `tests.conftest.run` without a process of its own, which takes a second to start."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(root)
        for name, value in environment.items():
            patch.setenv(name, value)
        code = main(list(argv), root)
    return subprocess.CompletedProcess(argv, code, out.getvalue(), err.getvalue())
