"""What tests of the list share: a publication and its commands, on either database."""

from __future__ import annotations

import json
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.delivery.here import run_here

from briefing import settings
from briefing.delivery.store.database import open_database

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from briefing.delivery.store.database import Database

SECRET = "s" * 40


@dataclass
class Desk:
    """A publication and its environment."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *argv: str, **more: str) -> subprocess.CompletedProcess[str]:
        """`subscribers ARGV`, in this process and in the publication's folder."""
        environment = {"BRIEFING_DATABASE_URL": "", "CI": "", **self.environment, **more}
        return run_here(self.root, "subscribers", *argv, **environment)

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
