"""A process of its own for each build, started in advance.

A build must see the newest templates, settings and code, and must not suffer from what the one before left
in memory; only a new process sees changed code for certain. Importing everything takes longer than most
builds, so the next process imports it while the user is typing, and waits. Where the code has changed since,
that one is thrown away and another begun.
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


class Worker(Generic[T]):
    """Calls a function in a new process each time, as if it were called here.

    What it returns or gets must pickle. A BriefingError that it raises is raised here; a fault of the program is
    printed with its traceback and raised as a BriefingError of one line.
    """

    def __init__(self, job: Callable[..., T], warm: Callable[[], object], code: Sequence[Path]) -> None:
        """Call `job`; `warm` imports what it needs beforehand. Both are functions of a module.

        code: folders with the Python files that it may import and a user may change.
        """
        self._tasks = (job, warm)
        self._code = code
        self._next: _Process | None = None

    def start(self) -> None:
        """Begin the next process, unless one waits already."""
        if self._next is None:
            self._next = _begin(self._tasks, stamp(self._code))

    def __call__(self, *arguments: object) -> T:
        """What `job` returns for these arguments."""
        process = self._take()
        try:
            answer = process.ask(arguments)
        finally:
            process.end()
        self.start()
        answered: T = _result(answer)
        return answered

    def close(self) -> None:
        """End the process that waits."""
        if self._next is not None:
            self._next.end()
            self._next = None

    def _take(self) -> _Process:
        """The process that waits if it has the newest code, or a new one."""
        newest = stamp(self._code)
        if self._next is not None and (self._next.stamp != newest or not self._next.process.is_alive()):
            self.close()
        process, self._next = self._next, None
        return process or _begin(self._tasks, newest)


@dataclass(frozen=True, slots=True)
class _Process:
    process: SpawnProcess
    pipe: Connection
    stamp: frozenset[tuple[str, int, int]]

    def ask(self, arguments: tuple[object, ...]) -> Any:  # noqa: ANN401 - the job's own type
        try:
            self.pipe.send(arguments)
            return self.pipe.recv()
        except (EOFError, ConnectionError) as error:
            self.process.join()
            msg = f"the build ended without a result (exit code {self.process.exitcode}): see the terminal"
            raise BriefingError(msg) from error

    def end(self) -> None:
        self.pipe.close()
        self.process.terminate()
        self.process.join()
        self.process.close()


def _begin(
    tasks: tuple[Callable[..., object], Callable[[], object]], stamp: frozenset[tuple[str, int, int]]
) -> _Process:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    # Pickled here, so that code which cannot be imported fails where it can be told.
    process = context.Process(target=_work, args=(theirs, pickle.dumps(tasks)))
    process.start()
    theirs.close()
    return _Process(process, ours, stamp)


def _work(pipe: Connection, tasks: bytes) -> None:
    """The process: get ready, wait for the arguments, answer, end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the first process decides
    job, broken = None, None
    try:
        job, warm = pickle.loads(tasks)  # noqa: S301 - from our own process
        warm()
    except Exception as error:  # noqa: BLE001 - whatever the changed code does is told, not died of
        broken = _broken(error)
    try:
        arguments = pipe.recv()
        pipe.send(broken or _answer(job, arguments))
    except (EOFError, ConnectionError):
        return  # nobody waits any more


def _answer(job: Any, arguments: tuple[object, ...]) -> tuple[str, object]:  # noqa: ANN401
    try:
        return "done", job(*arguments)
    except ProblemsFoundError as error:
        return "problems", error.problems
    except BriefingError as error:
        return "failed", str(error)
    except Exception as error:  # noqa: BLE001 - as above
        return _broken(error)


def _broken(error: Exception) -> tuple[str, object]:
    traceback.print_exception(error)
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
    if isinstance(error, SyntaxError):
        where = f" ({error.filename}:{error.lineno})"
    return "failed", f"the program itself failed: {type(error).__name__}: {error}{where}"


def _result(answer: tuple[str, Any]) -> Any:  # noqa: ANN401
    kind, what = answer
    if kind == "done":
        return what
    if kind == "problems":
        problems: tuple[Problem, ...] = what
        raise ProblemsFoundError(problems)
    raise BriefingError(what)


def stamp(code: Sequence[Path]) -> frozenset[tuple[str, int, int]]:
    """What tells the code from its next version."""
    files = (file for folder in code for file in folder.rglob("*.py"))
    return frozenset((str(file), seen.st_size, seen.st_mtime_ns) for file in files for seen in [file.stat()])
