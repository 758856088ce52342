"""How a recipe reports, asks and ends: what it needs of whoever runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager


class Console(Protocol):
    """Where the lines of a recipe go, and who answers its questions."""

    def say(self, line: str) -> None:
        """Report a result."""

    def warn(self, line: str) -> None:
        """Report something that needs attention, or that takes time."""

    def confirm(self, question: str) -> bool:
        """Return whether the answer is yes. Raises WrongUseError if nobody can answer, EndedEarly if asking is cancelled."""

    def progress(self, task: str, total: int, done: int = 0) -> AbstractContextManager[Callable[[int], None]]:
        """Yield a function that takes how much of `total` is done by now."""

    def waiting(self, task: str) -> AbstractContextManager[Callable[[str], None]]:
        """Yield a function that takes the reason for a wait, each time it is looked at."""


class EndedEarly(Exception):  # noqa: N818 - no error: everything has been reported
    """A recipe ended before its last step. exit_code: what the command exits with."""

    def __init__(self, exit_code: int) -> None:
        """End with this exit code."""
        super().__init__(exit_code)
        self.exit_code = exit_code


INTERRUPTED = 130
"""The exit code of a command that was stopped by Ctrl-C, as shells have it (128 + SIGINT)."""
