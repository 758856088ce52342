"""Commands in processes of their own that begin at once: each is forked off one process that has loaded everything.

They can be killed and stopped as any other; only the second or two for loading is saved.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.context import ForkServerProcess

REPOSITORY = Path(__file__).resolve().parent.parent.parent
# What the commands of a campaign load at last, and who forks has loaded.
LOADED = (
    "briefing.commands.app",
    "briefing.release.campaigns",
    "briefing.commands.proof",
    "briefing.commands.send",
    "briefing.commands.subscribers",
    "briefing.delivery.sending.run",
    "briefing.delivery.sending.transports.smtp",
    "briefing.delivery.sending.transports.file",
    "briefing.site.build",
    "tests.delivery.nursery",
)
_METHOD = multiprocessing.get_context("forkserver")


@dataclass(frozen=True)
class Child:
    """A command under way, or ended; it can be used as `subprocess.Popen`. out, err: the files of what it says."""

    process: ForkServerProcess
    argv: tuple[str, ...]
    out: Path
    err: Path

    @property
    def returncode(self) -> int | None:
        """Its exit code, negative for a signal; None while it lives."""
        return self.process.exitcode

    def poll(self) -> int | None:
        return self.process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self.process.join(timeout)
        code = self.process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(self.argv, timeout or 0, self.out.read_text(), self.err.read_text())
        return code

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it said on stdout and stderr until it ended."""
        self.wait(timeout)
        return self.out.read_text(), self.err.read_text()

    def send_signal(self, number: int) -> None:
        if self.process.exitcode is None:
            assert self.process.pid
            os.kill(self.process.pid, number)

    def kill(self) -> None:
        self.process.kill()


def begin(
    root: Path,
    *argv: str,
    said: tuple[Path, Path],
    environment: Mapping[str, str],
    first: str = "",
    is_measured: bool = False,
) -> Child:
    """One command in a publication's folder.

    said: where its stdout and stderr go, which may be one file. first: code that exchanges a piece of the program.
    is_measured: for coverage, where that is asked for; one that is killed leaves nothing to be read.
    """
    _load()
    known = {**os.environ, "PYTHONPATH": str(REPOSITORY / "plugins"), **environment}
    if not is_measured:
        known = unmeasured(known)
    process = _METHOD.Process(target=_run, args=(root, argv, said, known, first))
    process.start()
    return Child(process, argv, *said)


def unmeasured(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a process that coverage leaves alone."""
    return {name: value for name, value in environment.items() if not name.startswith("COV")}


def _load() -> None:
    """Start the process that forks, the first time; it ends with this one."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ.keys() - unmeasured(os.environ).keys():
            patch.delenv(name)
        # Up to Python 3.12 it looks for modules there only.
        patch.setenv("PYTHONPATH", os.pathsep.join([str(REPOSITORY / "plugins"), str(REPOSITORY)]))
        _METHOD.set_forkserver_preload(list(LOADED))
        forkserver.ensure_running()


def _run(
    root: Path,
    argv: tuple[str, ...],
    said: tuple[Path, Path],
    environment: Mapping[str, str],
    first: str,
) -> None:
    """In the child."""
    for path, number in zip(said, (1, 2), strict=True):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    os.chdir(root)
    os.environ.clear()
    os.environ.update(environment)
    measuring = None
    if environment.get("COVERAGE_PROCESS_CONFIG"):
        import coverage

        measuring = coverage.process_startup()
    from briefing.commands.app import main

    exec(first, {})  # noqa: S102 - the tests' own
    try:
        sys.exit(main(list(argv), root))
    finally:
        if measuring:
            measuring.stop()
            measuring.save()
