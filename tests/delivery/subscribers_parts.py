"""What tests of the list share: a publication and its commands, on either database."""

from __future__ import annotations

import io
import json
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from briefing import settings
from briefing.commands.app import main
from briefing.delivery.database import open_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from briefing.delivery.database import Database

SECRET = "s" * 40


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


@dataclass
class Desk:
    """A publication and its environment."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *argv: str, **more: str) -> Done:
        """`subscribers ARGV`, in this process and in the publication's folder."""
        out, err = io.StringIO(), io.StringIO()
        environment = {"BRIEFING_DATABASE_URL": "", "CI": "", **self.environment, **more}
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(self.root)
            for name, value in environment.items():
                patch.setenv(name, value)
            code = main(["subscribers", *argv], self.root)
        return Done(code, out.getvalue(), err.getvalue())

    def ok(self, *argv: str, **more: str) -> str:
        """The same, which must end well; what it printed."""
        done = self.run(*argv, **more)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def file(self, name: str, text: str | bytes) -> str:
        """A file in the publication's folder; its name."""
        data = text if isinstance(text, bytes) else text.encode()
        (self.root / name).write_bytes(data)
        return name

    def show(self, *named: str) -> dict[str, Any]:
        """`subscribers show --json`."""
        shown: dict[str, Any] = json.loads(self.ok("show", *named, "--json"))
        return shown

    def states(self) -> dict[str, int]:
        """How many readers are in each state, of those that have any."""
        return {state: number for state, number in self.show()["states"].items() if number}

    @contextmanager
    def open(self) -> Iterator[Database]:
        """The same database, for as long as the block lasts."""
        with closing(open_database(settings.load(self.root), self.environment)) as database:
            yield database
