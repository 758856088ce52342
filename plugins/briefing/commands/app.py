"""The command line: its commands, and the exit codes of their errors.

A command is a function with Typer's annotations; `ctx.obj` is the publication's folder. It ends with an exit code other
than 0 by raising a BriefingError, EndedEarly or `typer.Exit`. Only the module of the command that runs is imported, so that
commands start fast.
"""

from __future__ import annotations

import errno
import functools
import importlib
import inspect
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from briefing.commands.log import logged, start_verbose
from briefing.errors import BriefingError, ProblemsFoundError, WrongUseError, counted
from briefing.release.console import INTERRUPTED, EndedEarly

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PROGRAM = "python3 tasks.py"
_SYSTEM_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}


@dataclass(frozen=True, slots=True)
class Command:
    """A row of the table of commands.

    name: "new story" is `story` in the group `new`. location: module:function. passes_arguments: whether unknown options go
    to the program that it runs.
    """

    name: str
    location: str
    help: str
    passes_arguments: bool = False


COMMANDS = (
    Command("init", "init:init", "Turn the sample into your own publication."),
    Command("build", "build:build", "Build the site and every issue's digest."),
    Command("serve", "serve:serve", "Preview the site on this machine and reload the browser on every change."),
    Command("check", "check:check", "List every problem, with file and line."),
    Command("new story", "new:story", "Create a draft story."),
    Command("new issue", "new:issue", "Create a draft issue from stories that are in no other issue."),
    Command("ready", "ready:ready", "Publish drafts that pass every check."),
    Command("publish", "publish:publish", "Build the site and publish it to its host."),
    Command("proof", "proof:proof", "Send an issue's digest to the proof recipients."),
    Command("send", "send:send", "Send a proofed issue to every reader, once."),
    Command("release", "release:release", "Release an issue: publish, proof, send, publish."),
    Command("status", "status:status", "Show the state of each issue's deliveries."),
    Command("doctor", "doctor:doctor", "Check the settings, DNS records and TLS for sending."),
    Command("inbox", "inbox:inbox", "Process bounces, complaints and unsubscribe requests."),
    Command("subscribers import", "subscribers:import_list", "Import readers from CSV files."),
    Command("subscribers export", "subscribers:export", "Export the list as CSV, for yourself or a provider."),
    Command("subscribers add", "reader:add", "Add a reader."),
    Command("subscribers remove", "reader:remove", "Remove a reader, who is never mailed again."),
    Command("subscribers show", "reader:show", "Show the totals of the list, or one reader."),
    Command("subscribers forget", "reader:forget", "Erase everything known about an address."),
    Command("subscribers tidy", "subscribers:tidy", "Delete data that is older than the settings allow."),
    Command("listserver", "listserver:listserver", "Run the web service for subscribing and unsubscribing."),
    Command("subscribers backup", "backup:backup", "Write the ledger to an encrypted file."),
    Command("subscribers restore", "backup:restore", "Restore the ledger from a backup."),
    Command("schema", "schema:schema", "Print or update the JSON Schemas of front matter, for editors."),
    Command("pictures", "pictures:pictures", "Take screenshots of the site and of a digest."),
    Command("bench", "bench:bench", "Run a benchmark beside its peers.", passes_arguments=True),
    Command("test", "test:test", "Install the test requirements and run the tests.", passes_arguments=True),
)
_Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose", help="Log each step to standard error.", callback=lambda value: start_verbose() if value else None
    ),
]
_GROUPS = {"new": "Create a draft story or issue.", "subscribers": "Manage the list of readers."}


def main(argv: Sequence[str], root: str | os.PathLike[str]) -> int:
    """Run one command line in the publication at `root`; return its exit code: 0 done, 1 failed, 2 wrong use.

    A BriefingError is printed to standard error; any other error is a bug and keeps its traceback.
    """
    words = [argument for argument in argv if not argument.startswith("-")]
    first = words[0] if words else ""
    try:
        with logged(_name(words), os.environ):
            command = typer.main.get_command(application(lambda row: row.name.split()[0] == first))
            command.main(args=list(argv), prog_name=PROGRAM, obj=Path(root))
    except (SystemExit, EndedEarly) as done:
        code = done.code if isinstance(done, SystemExit) else done.exit_code
        if code == INTERRUPTED:
            _print_error("stopped")
        return code if isinstance(code, int) else 0
    except KeyboardInterrupt:  # while it was loading
        _print_error("stopped")
        return INTERRUPTED
    except (BriefingError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in _SYSTEM_ERRORS:
            raise
        _print_error(*_lines(error, first))
        return 2 if isinstance(error, WrongUseError) else 1
    return 0


def application(is_loaded: Callable[[Command], bool] = lambda _row: True) -> typer.Typer:
    """All commands in one Typer application; those that are not loaded have only a name and a line of help."""
    app = _group("Build a news briefing's site and email digest from Markdown, and send it.")
    groups = {"": app}
    for row in COMMANDS:
        group, _, name = row.name.rpartition(" ")
        if group not in groups:
            groups[group] = _group(_GROUPS[group])
            app.add_typer(groups[group], name=group)
        settings = {"ignore_unknown_options": True, "allow_extra_args": True} if row.passes_arguments else {}
        add = groups[group].command(name, short_help=row.help, context_settings=settings)
        function = _function(row) if is_loaded(row) else lambda: None
        add(function if row.passes_arguments else _with_verbose(function))
    return app


def _with_verbose(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same command with one more option, --verbose, which takes effect while the command line is parsed."""

    @functools.wraps(function)
    def command(*arguments: Any, verbose: bool = False, **options: Any) -> Any:  # noqa: ANN401 - the command's own
        del verbose
        return function(*arguments, **options)

    hints = get_type_hints(function, include_extras=True) | {"verbose": _Verbose}
    verbose = inspect.Parameter("verbose", inspect.Parameter.KEYWORD_ONLY, default=False)
    parameters = [*inspect.signature(function).parameters.values(), verbose]
    annotated = [parameter.replace(annotation=hints[parameter.name]) for parameter in parameters]
    vars(command).update(__annotations__=hints, __signature__=inspect.Signature(annotated))
    return command


def _name(words: Sequence[str]) -> str:
    """The command that the words of a command line name: one of ours, so that no argument is logged."""
    return next((row.name for row in COMMANDS if row.name.split() == [*words[: len(row.name.split())]]), "help")


def _group(text: str) -> typer.Typer:
    group = typer.Typer(
        help=text,
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    group.callback(help=text)(_with_verbose(lambda: None))
    return group


def _function(row: Command) -> Callable[..., Any]:
    module, _, name = row.location.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(f"briefing.commands.{module}"), name)
    return function


def _lines(error: BriefingError | OSError, command: str) -> tuple[str, ...]:
    if isinstance(error, ProblemsFoundError):
        tail = "; nothing was written" if command != "check" else ""
        return (*map(str, error.problems), f"{counted(error.problems)}{tail}")
    if isinstance(error, OSError):
        return (
            f"error: {error.filename or 'a file'}: {error.strerror}; free some space or fix the permissions, then run this again",
        )
    return (f"error: {error}",)


def _print_error(*lines: str) -> None:
    sys.stdout.flush()
    print(*lines, sep="\n", file=sys.stderr, flush=True)
