"""Lists into the ledger: many rows, all or none, nobody mailed, and nobody kept waiting for long."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol

from briefing.delivery.subscribers.commit import keep
from briefing.delivery.subscribers.entries import ImportOptions, ListEntry, RowError, RowReader, SuppressedAddress
from briefing.delivery.subscribers.evaluation import Imported, ImportEvaluator
from briefing.delivery.subscribers.file_format import ListFile, inspect_file, lines
from briefing.delivery.subscribers.rows import rows
from briefing.delivery.subscribers.staging import staging
from briefing.errors import Problem, ProblemsFoundError, Weight

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from briefing.delivery.store.database import Database

_BATCH: Final = 10_000


class ImportListener(Protocol):
    """What is told of an import while it runs."""

    def note(self, text: str) -> None:
        """What the user should know about a file."""

    def refused(self, problem: Problem) -> None:
        """A row that was not taken: file, line, why; never an address."""

    def warned(self, problem: Problem) -> None:
        """A row that was taken, but for a cell: the same."""

    def advanced(self, rows: int) -> None:
        """So many rows of all files are done by now."""


def import_lists(
    database: Database,
    files: Sequence[ListFile],
    options: ImportOptions,
    listener: ImportListener,
    *,
    is_dry_run: bool = False,
) -> Imported:
    """Take the rows of all files, or of none. A rehearsal does everything and keeps nothing.

    They are decided beside the list, and then put on it (`keeping`). A row that cannot be taken is told to the listener and
    the others go on. Raises ProblemsFoundError if nothing was imported, and DatabaseError as `keep` does.
    """
    done = Imported()
    with staging(database) as connection:
        intake = ImportEvaluator(connection, database.secret, options, done)
        for number, file in enumerate(files):
            _read_into(database, intake, number, file, options, listener)
        if not is_dry_run:
            _keep(database, connection, files, options, done, listener)
    return done


def inspect_files(paths: Iterable[Path], wanted: str = "") -> list[ListFile]:
    """What the files are. Raises ProblemsFoundError with everything that stops an import of them."""
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


def _keep(
    database: Database,
    connection: Connection,
    files: Sequence[ListFile],
    options: ImportOptions,
    done: Imported,
    listener: ImportListener,
) -> None:
    for row in keep(database, connection, options.now):
        done.count(row.act, row.state, row.consented_at, -1)
        done.refused += 1
        hint = "import the list again to have it decided anew"
        path = str(files[row.file].path)
        listener.refused(
            Problem(path, "this reader changed here meanwhile", hint, line=row.line, weight=Weight.WARNING)
        )


def _read_into(
    database: Database,
    intake: ImportEvaluator,
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
            taken: list[tuple[int, ListEntry | SuppressedAddress]] = []
            said: list[tuple[int, str]] = []
            for row in batch:
                try:
                    item = reader.read(row)
                except RowError as error:
                    said.append((row.line, str(error)))
                    continue
                taken.append((row.line, item))
                for warning in item.warnings:
                    hint = "they left all the same"
                    listener.warned(Problem(str(file.path), warning, hint, line=row.line, weight=Weight.WARNING))
            with database.read_transaction(intake.connection):
                said += intake.take(taken, number, str(file.path))
            intake.done.rows += len(batch)
            intake.done.refused += len(said)
            for line, reason in sorted(said):
                what, _, hint = reason.partition("; ")
                listener.refused(Problem(str(file.path), what, hint, line=line, weight=Weight.WARNING))
            listener.advanced(intake.done.rows)
