"""A process for each build: it sees the newest code, and what breaks in it is told."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from briefing.errors import BriefingError, ProblemsFoundError
from briefing.preview.process_runner import ProcessRunner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CODE = """
import os
from briefing.errors import BriefingError, Problem, ProblemsFoundError

STATE = []

def preload():
    pass

def job(*arguments):
    STATE.append(1)
    {body}
"""


class Code:
    """A module that the job is in, whose body a test rewrites."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, body: str) -> None:
        (self.folder / "changing_job.py").write_text(CODE.format(body=body))


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Code:
    monkeypatch.syspath_prepend(tmp_path)
    return Code(tmp_path)


@pytest.fixture
def worker(code: Code) -> Iterator[ProcessRunner[Any]]:
    code.write("return os.getpid(), len(STATE), *arguments")
    module = importlib.import_module("changing_job")
    running: ProcessRunner[Any] = ProcessRunner(module.job, module.preload, [code.folder])
    yield running
    running.close()
    del sys.modules["changing_job"]


def test_each_call_has_a_process_of_its_own(worker: ProcessRunner[Any]) -> None:
    first, second = worker("x"), worker("y")
    assert first[1:] == (1, "x")
    assert second[1:] == (1, "y")
    assert len({first[0], second[0], os.getpid()}) == 3


def test_changed_code_is_run_although_a_process_waits(worker: ProcessRunner[Any], code: Code) -> None:
    worker()
    code.write("return 'new code'")
    assert worker() == "new code"


def test_problems_and_refusals_come_back_as_they_were_raised(worker: ProcessRunner[Any], code: Code) -> None:
    code.write("raise ProblemsFoundError([Problem('content/x.md', 'is bad', 'mend it', line=3)])")
    with pytest.raises(ProblemsFoundError) as found:
        worker()
    assert [str(problem) for problem in found.value.problems] == ["content/x.md:3: is bad; mend it"]
    code.write("raise BriefingError('cannot; do this')")
    with pytest.raises(BriefingError, match=r"^cannot; do this$"):
        worker()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("return 1 / 0", r"the program failed: ZeroDivisionError: division by zero \(.*changing_job.py:\d+\)"),
        ("this is no Python", r"the program failed: SyntaxError: .* \(.*changing_job.py:\d+\)"),
        ("os._exit(7)", r"the build process ended early \(exit code 7\)"),
        ("import nowhere", "the program failed: ModuleNotFoundError"),
    ],
)
def test_code_that_breaks_is_told_and_mended(worker: ProcessRunner[Any], code: Code, body: str, says: str) -> None:
    code.write(body)
    for _ in range(2):
        with pytest.raises(BriefingError, match=says):
            worker()
    code.write("return 'mended'")
    assert worker() == "mended"


def test_a_waiting_process_that_died_is_replaced(worker: ProcessRunner[Any]) -> None:
    worker.start()
    assert worker._next is not None
    worker._next.process.kill()
    worker._next.process.join()
    assert worker("x")[1:] == (1, "x")


def test_nothing_is_left_behind(worker: ProcessRunner[Any]) -> None:
    waits = worker()[0]
    assert worker()[0] != waits
    worker.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(waits, os.WNOHANG)
