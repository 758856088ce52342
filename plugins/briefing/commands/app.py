"""The command line as a whole: which commands there are, and what their errors mean to the shell.

A command is a plain function with Typer's annotations; `ctx.obj` is the publication's folder, and an exit code
other than 0 is an error of the family or `typer.Exit`. Only the module of the command that runs is imported, so
that a short command starts fast.
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
_OF_THE_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}


@dataclass(frozen=True, slots=True)
class Command:
    """A row of the table: its name ("new story" is in the group "new"), where it is, and one line of help.

    passes_on: arguments that it does not know are handed to the program it runs.
    """

    name: str
    where: str
    help: str
    passes_on: bool = False


COMMANDS = (
    Command("init", "init:init", "Turn the sample into a publication of your own."),
    Command("build", "build:build", "Build the site and every issue's digest."),
    Command("serve", "serve:serve", "Build, serve on this machine, and reload the browser on every change."),
    Command("check", "check:check", "List everything wrong, with file and line."),
    Command("new story", "new:story", "Begin a story as a draft."),
    Command("new issue", "new:issue", "Begin an issue from the stories that are in none."),
    Command("ready", "ready:ready", "Publish drafts that pass every check."),
    Command("publish", "publish:publish", "Put the built site on its host."),
    Command("proof", "proof:proof", "Mail an issue's digest to the desk."),
    Command("send", "send:send", "Mail a proofed issue to every reader, once."),
    Command("release", "release:release", "Take an issue all the way: publish, proof, send, publish."),
    Command("status", "status:status", "Say who got an issue, and what is in doubt."),
    Command("doctor", "doctor:doctor", "List what is missing to send well, and how to mend it."),
    Command("inbox", "inbox:inbox", "Process bounces, complaints and unsubscribe requests."),
    Command("subscribers import", "subscribers:import_list", "Take readers from CSV files onto the list."),
    Command("subscribers export", "subscribers:export", "Write the list as CSV, for yourself or a provider."),
    Command("subscribers add", "reader:add", "Put one reader on the list."),
    Command("subscribers remove", "reader:remove", "Never mail a reader again."),
    Command("subscribers show", "reader:show", "The list in numbers, or one reader."),
    Command("subscribers forget", "reader:forget", "Erase all that is known of an address."),
    Command("subscribers tidy", "subscribers:tidy", "Forget what is older than the settings allow."),
    Command("subscribers reconfirm", "subscribers:reconfirm", "Ask readers who agreed long ago to agree again."),
    Command("listserver", "listserver:listserver", "Serve the pages by which readers join and leave."),
    Command("subscribers backup", "backup:backup", "Write the ledger to an encrypted file."),
    Command("subscribers restore", "backup:restore", "Restore the ledger from a backup."),
    Command("schema", "schema:schema", "Print or renew the JSON Schemas of front matter, for editors."),
    Command("pictures", "pictures:pictures", "Take pictures of the site and of a digest."),
    Command("bench", "bench:bench", "Run a benchmark, with its peers.", passes_on=True),
    Command("test", "test:test", "Install the test requirements and run the suite.", passes_on=True),
)
_Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose", help="Log each step to standard error.", callback=lambda value: start_verbose() if value else None
    ),
]
_GROUPS = {"new": "Begin a story or an issue.", "subscribers": "The list: in, out, one reader, a safe copy."}


def main(argv: Sequence[str], root: str | os.PathLike[str]) -> int:
    """Run one command line in the publication at `root`; the exit code: 0 done, 1 failed, 2 wrong use.

    An error of this program's own family is said in lines on stderr; any other is a bug and keeps its traceback.
    """
    words = [argument for argument in argv if not argument.startswith("-")]
    wanted = words[0] if words else ""
    try:
        with logged(_name(words), os.environ):
            command = typer.main.get_command(application(lambda row: row.name.split()[0] == wanted))
            command.main(args=list(argv), prog_name=PROGRAM, obj=Path(root))
    except (SystemExit, EndedEarly) as done:
        code = done.code if isinstance(done, SystemExit) else done.exit_code
        if code == INTERRUPTED:
            _say("stopped")
        return code if isinstance(code, int) else 0
    except KeyboardInterrupt:  # while it was loading
        _say("stopped")
        return INTERRUPTED
    except (BriefingError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in _OF_THE_MACHINE:
            raise
        _say(*_lines(error, wanted))
        return 2 if isinstance(error, WrongUseError) else 1
    return 0


def application(is_loaded: Callable[[Command], bool] = lambda _row: True) -> typer.Typer:
    """Every command in one Typer application; those that are not loaded only have a name and a line of help."""
    app = _group("Stories in, site and digest out.")
    groups = {"": app}
    for row in COMMANDS:
        group, _, name = row.name.rpartition(" ")
        if group not in groups:
            groups[group] = _group(_GROUPS[group])
            app.add_typer(groups[group], name=group)
        settings = {"ignore_unknown_options": True, "allow_extra_args": True} if row.passes_on else {}
        add = groups[group].command(name, short_help=row.help, context_settings=settings)
        function = _function(row) if is_loaded(row) else lambda: None
        add(function if row.passes_on else _with_verbose(function))
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
    module, _, name = row.where.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(f"briefing.commands.{module}"), name)
    return function


def _lines(error: BriefingError | OSError, wanted: str) -> tuple[str, ...]:
    if isinstance(error, ProblemsFoundError):
        tail = "; nothing was written" if wanted != "check" else ""
        return (*map(str, error.problems), f"{counted(error.problems)}{tail}")
    if isinstance(error, OSError):
        return (f"error: {error.filename or 'a file'}: {error.strerror}; make room or allow it, then run this again",)
    return (f"error: {error}",)


def _say(*lines: str) -> None:
    sys.stdout.flush()
    print(*lines, sep="\n", file=sys.stderr, flush=True)
