"""The rows of a list, each with the lines where it stands."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from briefing.errors import Problem, ProblemsFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.delivery.subscribers.file_format import ListFile


@dataclass(frozen=True, slots=True)
class ListRow:
    """Cells, and the lines from and to which they stand. said: why there are none; ""."""

    line: int
    last: int
    cells: list[str]
    said: str = ""


def rows(lines: Iterator[str], file: ListFile) -> Iterator[ListRow]:
    """The rows behind the header; empty ones are left out. A row that breaks the rules of CSV has no cells.

    Raises ProblemsFoundError where quotes swallow further lines: no one could tell what is missing.
    """
    reader = csv.reader(lines, delimiter=file.header.delimiter, strict=True)
    for _ in range(file.header.lines):
        next(reader, None)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            if reader.line_num > line:
                said = f"a quote opens here and does not close as it should up to line {reader.line_num}"
                problem = Problem(str(file.path), said, "mend the quotes of this row; nothing was imported", line=line)
                raise ProblemsFoundError([problem]) from None
            yield ListRow(line, line, [], "its quotes are broken; write a quote in a quoted cell twice")
        else:
            if any(cells):
                yield ListRow(line, reader.line_num, cells)
