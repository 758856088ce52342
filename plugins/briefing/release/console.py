"""How a recipe reports, asks and ends: the interface that its caller implements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from briefing.errors import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from briefing.errors import Problem


class Console(Protocol):
    """Where the lines of a recipe go, and who answers its questions."""

    def say(self, line: str) -> None:
        """Report a result."""

    def warn(self, line: str) -> None:
        """Report something that needs attention, or that takes time."""

    def confirm(self, question: str) -> bool:
        """Return whether the answer is yes. Raises WrongUseError if nobody can answer, EndedEarly if asking is cancelled."""

    def progress(self, task: str, total: int, done: int = 0) -> AbstractContextManager[Callable[[int], None]]:
        """Yield a function to call with how much of `total` is done."""

    def waiting(self, task: str) -> AbstractContextManager[Callable[[str], None]]:
        """Yield a function to call with the reason for waiting, at each attempt."""


def warn_of(console: Console, problems: Sequence[Problem]) -> None:
    """Report each warning of a command that continues, then how many there are; nothing if there are none."""
    for problem in problems:
        console.warn(str(problem))
    if problems:
        console.warn(counted(problems))


class EndedEarly(Exception):  # noqa: N818 - no error: everything has been reported
    """A recipe ended before its last step. exit_code: what the command exits with."""

    def __init__(self, exit_code: int) -> None:
        """End with this exit code."""
        super().__init__(exit_code)
        self.exit_code = exit_code


INTERRUPTED = 130
"""The exit code of a command that was stopped by Ctrl-C, as shells have it (128 + SIGINT)."""
