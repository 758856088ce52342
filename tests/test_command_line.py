"""What errors mean to the shell, and what a short command does not load."""

from __future__ import annotations

import errno
import importlib
import io
import json
import logging
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import httpx
import pytest
import typer

from briefing.commands import app
from briefing.commands import test as test_command
from briefing.commands.log import logged, start_verbose
from briefing.commands.prompts import confirm, prompt
from briefing.errors import BriefingError, Problem, ProblemsFoundError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
PROBLEMS = [Problem("content/b.md", "is wrong", "mend it", "title", 2), Problem("content/a.md", "is worse", "mend it")]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., object]], None]:
    """Make a function the command `do`."""

    def give(function: Callable[..., object]) -> None:
        module = ModuleType("briefing.commands.do")
        vars(module)["do"] = function
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(app, "COMMANDS", (*app.COMMANDS, app.Command("do", "do:do", "Do.")))

    return give


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (BriefingError("it rains"), 1, "error: it rains\n"),
        (WrongUseError("no such thing"), 2, "error: no such thing\n"),
        (
            ProblemsFoundError(PROBLEMS),
            1,
            "content/a.md:1: is worse; mend it\ncontent/b.md:2: title: is wrong; mend it\n2 errors; nothing was written\n",
        ),
        (
            ProblemsFoundError(PROBLEMS[:1]),
            1,
            "content/b.md:2: title: is wrong; mend it\n1 error; nothing was written\n",
        ),
        (
            OSError(errno.ENOSPC, "No space left on device", "output/x"),
            1,
            "error: output/x: No space left on device; free some space or fix the permissions, then run this again\n",
        ),
        (KeyboardInterrupt(), 130, "stopped\n"),
        (typer.Exit(3), 3, ""),
    ],
)
def test_errors_become_lines_and_exit_codes(
    command: Callable[[Callable[..., object]], None],
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    said: str,
) -> None:
    def do() -> None:
        print("on the way")
        raise error

    command(do)
    assert app.main(["do"], ROOT) == code
    assert capsys.readouterr() == ("on the way\n", said)


def test_an_interruption_while_it_loads_is_one_as_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_is_loaded: object) -> typer.Typer:
        raise KeyboardInterrupt

    monkeypatch.setattr(app, "application", interrupted)
    assert app.main(["build"], ROOT) == 130
    assert capsys.readouterr() == ("", "stopped\n")


@pytest.mark.parametrize("question", [lambda: confirm("Send it?"), lambda: prompt("Name?", default="ada")])
def test_whoever_leaves_a_question_open_stops_the_command(
    command: Callable[[Callable[..., object]], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    question: Callable[[], object],
) -> None:
    def do() -> None:
        question()

    command(do)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert app.main(["do"], ROOT) == 130
    assert capsys.readouterr().err.endswith("\nstopped\n")


@pytest.mark.parametrize("error", [ZeroDivisionError(), OSError(errno.EBADF, "Bad file descriptor")])
def test_a_fault_of_the_program_keeps_its_traceback(
    command: Callable[[Callable[..., object]], None], error: Exception
) -> None:
    def do() -> None:
        raise error

    command(do)
    with pytest.raises(type(error)):
        app.main(["do"], ROOT)


def test_a_command_is_given_the_publications_folder(
    command: Callable[[Callable[..., object]], None], tmp_path: Path
) -> None:
    given = []

    def do(ctx: typer.Context) -> None:
        given.append(ctx.obj)

    command(do)
    assert app.main(["do"], str(tmp_path)) == 0
    assert given == [tmp_path]


@pytest.mark.parametrize("argv", [[], ["bild"], ["build", "--no-such-option"], ["new"], ["new", "story"]])
def test_wrong_use_is_told_without_a_traceback(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(argv, ROOT) == 2
    said = capsys.readouterr()
    assert "Usage: python3 tasks.py" in said.out + said.err


def test_help_loads_nothing_heavy() -> None:
    code = "import sys; from briefing.commands.app import main; main(['--help'], '.'); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT / "plugins")},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert loaded & {"pelican", "pydantic", "jinja2", "rich", "yaml", "briefing.commands.build"} == set()
    assert [row.name for row in app.COMMANDS if row.name.split()[0] not in done.stdout] == []


def test_schema_prints_one_or_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["schema", "thread"], ROOT) == 0
    assert json.loads(capsys.readouterr().out)["properties"]["summary"]["type"] == "string"
    assert app.main(["schema", "threat"], ROOT) == 2
    assert "the schemas are story, issue" in capsys.readouterr().err


def test_benchmarks_are_listed_in_one_form_and_nothing_else_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["bench"], ROOT) == 0
    told = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    files = {file.stem for file in (ROOT / "tests/benchmarks").glob("*.py")}
    assert set(told) == files - {"corpus", "__init__"}
    for name, said in told.items():
        assert re.fullmatch(rf"What .*: `bench {name}( --?\S+| \[\S.*\])*`\.", said), said
    assert app.main(["bench", "corpus"], ROOT) == 2
    assert "`corpus` is not a benchmark" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["test"], ["test", "-k", "digest"], ["bench"], ["bench", "digest"]])
@pytest.mark.parametrize("left", ["", "tests/conftest.py", "requirements-test.txt"])
def test_a_copy_without_tests_says_so(
    command: list[str], left: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if left:
        (tmp_path / left).parent.mkdir(exist_ok=True)
        (tmp_path / left).touch()
    assert app.main(command, tmp_path) == 1
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "error: this copy of the program has no tests; run it in the repository\n")


def test_requirements_of_tests_are_installed_when_they_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs: list[list[str]] = []

    def pip(arguments: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        runs.append(arguments)
        return subprocess.CompletedProcess(arguments, 0 if len(runs) == 1 else 1)

    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr("subprocess.run", pip)
    wanted = tmp_path / "requirements-test.txt"
    root = tmp_path / "root"
    root.mkdir()
    (root / wanted.name).write_text("one==1", encoding="utf-8")
    test_command.install(root)
    test_command.install(root)
    assert len(runs) == 1
    assert "--require-hashes" in runs[0]
    (root / wanted.name).write_text("one==2", encoding="utf-8")
    with pytest.raises(BriefingError, match="pip exited with 1, see above"):
        test_command.install(root)
    assert wanted.read_text(encoding="utf-8") == "one==1"
    assert "Installing requirements-test.txt" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["--verbose", "do"], ["do", "--verbose"]])
def test_verbose_logs_to_standard_error_and_nothing_else_does(
    command: Callable[[Callable[..., object]], None], capsys: pytest.CaptureFixture[str], argv: list[str]
) -> None:
    def do() -> None:
        print("a result")
        logging.getLogger("briefing.site").info("rendered %d files", 3)

    command(do)
    importlib.import_module("pelican.log")  # which sees to it that a repeated record is dropped
    for _ in range(2):
        assert app.main(argv, ROOT) == 0
        said = capsys.readouterr()
        assert said.out == "a result\n"
        first, second = said.err.splitlines()
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3} \d+ briefing\.site: rendered 3 files", first)
        assert re.search(r" briefing: do ended after \d+\.\d{3} s$", second)
        assert app.main(["do"], ROOT) == 0
        assert capsys.readouterr() == ("a result\n", "")


def test_the_log_goes_to_the_file_that_the_environment_names(
    command: Callable[[Callable[..., object]], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    def do(ctx: typer.Context, words: list[str]) -> None:
        del ctx, words
        logging.getLogger("briefing.site").debug("detail")
        msg = "it rains"
        raise BriefingError(msg)

    command(do)
    log = tmp_path / "briefing.log"
    monkeypatch.setenv("BRIEFING_LOG", str(log))
    assert app.main(["do", "ada@reader.example"], ROOT) == 1
    assert app.main(["ada@reader.example"], ROOT) == 2
    assert log.stat().st_mode & 0o777 == 0o600
    lines = [line.split(" ", 2)[2] for line in log.read_text().splitlines()]
    assert [re.sub(r"[\d.]+ s$", "N s", line) for line in lines] == [
        "briefing: do started",
        "briefing.site: detail",
        "briefing: do ended after N s",
        "briefing: help started",
        "briefing: help ended after N s",
    ]
    capsys.readouterr()
    assert app.main(["do", "x", "--verbose"], ROOT) == 1
    assert capsys.readouterr().err.splitlines()[0].endswith("briefing.site: detail")
    monkeypatch.setenv("BRIEFING_LOG", str(tmp_path / "no" / "briefing.log"))
    assert app.main(["do", "x"], ROOT) == 2
    assert "BRIEFING_LOG: cannot write " in capsys.readouterr().err


def test_requests_are_logged_without_path_query_and_user(capsys: pytest.CaptureFixture[str]) -> None:
    client, urllib3 = logging.getLogger("httpx"), logging.getLogger("urllib3.connectionpool")
    with logged("do", {}):
        start_verbose()
        client.info(
            'HTTP Request: %s %s "%s %d %s"', "GET", "https://me:key@a.example/u/token?k=v", "HTTP/1.1", 200, "OK"
        )
        client.info("Something else of %s", "token")
        urllib3.debug('%s://%s:%s "%s %s %s" %s %s', "https", "b.example", 443, "PUT", "/token", "HTTP/1.1", 403, 0)
        urllib3.debug("Starting new HTTPS connection (%d): %s:%s", 1, "token", 443)
    client.info('HTTP Request: %s %s "%s %d %s"', "GET", "https://a.example/", "HTTP/1.1", 200, "OK")
    lines = [line.split(" ", 2)[2] for line in capsys.readouterr().err.splitlines()]
    assert lines[:-1] == ["httpx: GET a.example: 200", "urllib3.connectionpool: PUT b.example:443: 403"]


def test_what_libraries_log_of_a_request_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    transport = httpx.MockTransport(lambda _request: httpx.Response(204))
    with logged("do", {}), httpx.Client(transport=transport) as client:
        start_verbose()
        client.get("https://a.example/u/token")
    assert "httpx: GET a.example: 204" in capsys.readouterr().err


def test_every_command_but_those_that_pass_options_on_can_be_verbose(capsys: pytest.CaptureFixture[str]) -> None:
    for row in app.COMMANDS:
        assert app.main([*row.name.split(), "--help"], ROOT) == 0
        assert ("--verbose " in capsys.readouterr().out) is not row.passes_arguments
