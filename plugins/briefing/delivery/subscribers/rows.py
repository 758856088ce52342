"""The rows of a list, with their line numbers."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from briefing.errors import Fault, Problem, ProblemsFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.delivery.subscribers.file_format import ListFile


@dataclass(frozen=True, slots=True)
class ListRow:
    """Cells, and their first and last line. fault: why there are none."""

    line: int
    last: int
    cells: list[str]
    fault: Fault | None = None


def rows(lines: Iterator[str], file: ListFile) -> Iterator[ListRow]:
    """The rows after the header, without empty ones. A row that is not valid CSV has no cells.

    Raises ProblemsFoundError if broken quotes span several lines, because rows would be lost.
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
                what = f"a quote that opens here is not closed correctly by line {reader.line_num}"
                problem = Problem(str(file.path), what, "fix the quotes of this row; nothing was imported", line=line)
                raise ProblemsFoundError([problem]) from None
            yield ListRow(line, line, [], Fault("its quotes are not valid", "write a quote within a quoted cell twice"))
        else:
            if any(cells):
                yield ListRow(line, reader.line_num, cells)
