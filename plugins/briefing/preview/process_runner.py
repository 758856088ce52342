"""A new process for each build, started in advance.

Only a new process is certain to run changed code, and to be free of what the build before left in memory. Importing
everything takes longer than most builds, so the next process does that while the user is typing, and waits. If the code
has changed since, that process is ended and another one started.
"""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from briefing.errors import BriefingError, Problem, ProblemsFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess
    from pathlib import Path

T = TypeVar("T")


class ProcessRunner(Generic[T]):
    """Calls a function in a new process each time, as if it were called in this one.

    Its arguments and its result must pickle. A BriefingError that it raises is raised here. Any other error is printed
    with its traceback, and raised here as a BriefingError of one line.
    """

    def __init__(self, job: Callable[..., T], preload: Callable[[], object], code: Sequence[Path]) -> None:
        """Call `job`, after `preload` has imported what it needs. Both must be functions of a module.

        code: folders with Python files that the job imports and a user may change.
        """
        self._tasks = (job, preload)
        self._code = code
        self._next: _Process | None = None

    def start(self) -> None:
        """Start the next process, unless one is waiting."""
        if self._next is None:
            self._next = _start(self._tasks, code_fingerprint(self._code))

    def __call__(self, *arguments: object) -> T:
        """Return the result of `job` for these arguments."""
        process = self._take_process()
        try:
            reply = process.call(arguments)
        finally:
            process.end()
        self.start()
        result: T = _result(reply)
        return result

    def close(self) -> None:
        """End the waiting process."""
        if self._next is not None:
            self._next.end()
            self._next = None

    def _take_process(self) -> _Process:
        """Return the waiting process if it runs the current code, or a new one."""
        current = code_fingerprint(self._code)
        if self._next is not None and (self._next.fingerprint != current or not self._next.process.is_alive()):
            self.close()
        process, self._next = self._next, None
        return process or _start(self._tasks, current)


@dataclass(frozen=True, slots=True)
class _Process:
    process: SpawnProcess
    pipe: Connection
    fingerprint: frozenset[tuple[str, int, int]]

    def call(self, arguments: tuple[object, ...]) -> Any:  # noqa: ANN401 - the job's own type
        try:
            self.pipe.send(arguments)
            return self.pipe.recv()
        except (EOFError, ConnectionError) as error:
            self.process.join()
            msg = f"the build process ended early (exit code {self.process.exitcode}): see the output above"
            raise BriefingError(msg) from error

    def end(self) -> None:
        self.pipe.close()
        self.process.terminate()
        self.process.join()
        self.process.close()


def _start(
    tasks: tuple[Callable[..., object], Callable[[], object]], fingerprint: frozenset[tuple[str, int, int]]
) -> _Process:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    # Unpickled by `_work`, which can report code that fails to import.
    process = context.Process(target=_work, args=(theirs, pickle.dumps(tasks)))
    process.start()
    theirs.close()
    return _Process(process, ours, fingerprint)


def _work(pipe: Connection, tasks: bytes) -> None:
    """Run in the new process: preload, wait for the arguments, send the reply, end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the main process handles it
    job, failure = None, None
    try:
        job, preload = pickle.loads(tasks)  # noqa: S301 - from our own process
        preload()
    except Exception as error:  # noqa: BLE001 - changed code may fail in any way
        failure = _program_failure(error)
    try:
        arguments = pipe.recv()
        pipe.send(failure or _run(job, arguments))
    except (EOFError, ConnectionError):
        return  # the main process has ended


def _run(job: Any, arguments: tuple[object, ...]) -> tuple[str, object]:  # noqa: ANN401
    try:
        return "done", job(*arguments)
    except ProblemsFoundError as error:
        return "problems", error.problems
    except BriefingError as error:
        return "failed", str(error)
    except Exception as error:  # noqa: BLE001 - changed code may fail in any way
        return _program_failure(error)


def _program_failure(error: Exception) -> tuple[str, object]:
    traceback.print_exception(error)
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    if isinstance(error, SyntaxError):
        where = f" ({error.filename}:{error.lineno})"
    return "failed", f"the program failed: {type(error).__name__}: {error}{where}"


def _result(reply: tuple[str, Any]) -> Any:  # noqa: ANN401
    outcome, value = reply
    if outcome == "done":
        return value
    if outcome == "problems":
        problems: tuple[Problem, ...] = value
        raise ProblemsFoundError(problems)
    raise BriefingError(value)


def code_fingerprint(code: Sequence[Path]) -> frozenset[tuple[str, int, int]]:
    """Return a value that changes if a Python file in these folders does."""
    files = (file for folder in code for file in folder.rglob("*.py"))
    return frozenset((str(file), status.st_size, status.st_mtime_ns) for file in files for status in [file.stat()])
