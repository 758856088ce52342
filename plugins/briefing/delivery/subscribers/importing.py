"""Imports lists: all rows or none, without sending mail, and without blocking other writers for long."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol

from briefing.delivery.subscribers.commit import commit
from briefing.delivery.subscribers.entries import ImportOptions, ListEntry, RowError, RowReader, SuppressedAddress
from briefing.delivery.subscribers.evaluation import Imported, ImportEvaluator
from briefing.delivery.subscribers.file_format import ListFile, inspect_file, lines
from briefing.delivery.subscribers.rows import rows
from briefing.delivery.subscribers.staging import staging
from briefing.errors import Fault, Problem, ProblemsFoundError, Weight

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from briefing.delivery.store.database import Database

_BATCH: Final = 10_000


class ImportListener(Protocol):
    """Receives the messages and the progress of an import."""

    def note(self, text: str) -> None:
        """A note about a file."""

    def refused(self, problem: Problem) -> None:
        """A row that was refused. Never contains an address."""

    def warned(self, problem: Problem) -> None:
        """A row that was imported without one of its cells. Never contains an address."""

    def advanced(self, rows: int) -> None:
        """The number of rows of all files that are done."""


def import_lists(
    database: Database,
    files: Sequence[ListFile],
    options: ImportOptions,
    listener: ImportListener,
    *,
    is_dry_run: bool = False,
) -> Imported:
    """Import the rows of all files, or of none. A dry run does everything except writing.

    Rows are evaluated in a staging table, and then committed (`commit`). The listener receives the rows that are refused; the
    others are imported. Raises ProblemsFoundError if nothing was imported, and DatabaseError as `commit` does.
    """
    done = Imported()
    with staging(database) as connection:
        evaluator = ImportEvaluator(connection, database.secret, options, done)
        for number, file in enumerate(files):
            _evaluate(database, evaluator, number, file, options, listener)
        if not is_dry_run:
            _commit(database, connection, files, options, done, listener)
    return done


def inspect_files(paths: Iterable[Path], wanted: str = "") -> list[ListFile]:
    """Inspect files before an import. Raises ProblemsFoundError with everything that prevents it."""
    files: list[ListFile] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            files.append(inspect_file(path, wanted))
        except ProblemsFoundError as error:
            problems += error.problems
    if problems:
        raise ProblemsFoundError(problems)
    return files


def _commit(
    database: Database,
    connection: Connection,
    files: Sequence[ListFile],
    options: ImportOptions,
    done: Imported,
    listener: ImportListener,
) -> None:
    for row in commit(database, connection, options.now):
        done.count(row.action, row.state, row.consented_at, -1)
        done.refused += 1
        hint = "import the list again to evaluate this row again"
        path = str(files[row.file].path)
        listener.refused(
            Problem(path, "this reader changed here in the meantime", hint, line=row.line, weight=Weight.WARNING)
        )


def _evaluate(
    database: Database,
    evaluator: ImportEvaluator,
    number: int,
    file: ListFile,
    options: ImportOptions,
    listener: ImportListener,
) -> None:
    for note in file.notes:
        listener.note(note)
    reader = RowReader(file, options)
    with lines(file) as text:
        source = rows(text, file)
        while batch := list(islice(source, _BATCH)):
            accepted: list[tuple[int, ListEntry | SuppressedAddress]] = []
            refused: list[tuple[int, Fault]] = []
            for row in batch:
                try:
                    item = reader.read(row)
                except RowError as error:
                    refused.append((row.line, Fault(error.what, error.hint)))
                    continue
                accepted.append((row.line, item))
                for warning in item.warnings:
                    hint = "the reader is unsubscribed anyway"
                    listener.warned(Problem(str(file.path), warning, hint, line=row.line, weight=Weight.WARNING))
            with database.read_transaction(evaluator.connection):
                refused += evaluator.evaluate(accepted, number, str(file.path))
            evaluator.done.rows += len(batch)
            evaluator.done.refused += len(refused)
            for line, fault in sorted(refused):
                listener.refused(Problem(str(file.path), *fault, line=line, weight=Weight.WARNING))
            listener.advanced(evaluator.done.rows)
