"""Lines of text with the margins of their lists and quotations, and rows of tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from briefing.digest.text_part import VERBATIM

if TYPE_CHECKING:
    from collections.abc import Iterable


class Outline:
    """Collects lines. A blank line separates blocks; an item's first line has its bullet or number."""

    def __init__(self) -> None:
        """Start without lines and margins."""
        self.lines: list[str] = []
        self._margins: list[str] = []
        self._waiting: list[str] = []  # the same for the next line only: an item's bullet or number
        self._numbers: list[int | None] = []
        self._apart = False

    def write(self, line: str) -> None:
        """Add one line with the margins; a verbatim line stays verbatim."""
        if self._apart and self.lines:
            self.lines.append("")
        self._apart = False
        margin = "".join(self._waiting)
        self._waiting = [*self._margins]
        prefix = VERBATIM if line.startswith(VERBATIM) else ""
        self.lines.append(prefix + margin + line.removeprefix(VERBATIM))

    def write_all(self, lines: Iterable[str]) -> None:
        """Add several."""
        for line in lines:
            self.write(line)

    def gap(self) -> None:
        """Add a blank line before the next line, but not between a bullet and its text."""
        self._apart = self._waiting == self._margins

    def underline(self) -> None:
        """Make the last line a heading, unless it is in a list or quotation."""
        if self.lines and not self._margins:
            self.lines.append("---")

    def indent(self, margin: str) -> None:
        """Add `margin` to every line, inside the current margins."""
        self._margins.append(margin)
        self._waiting.append(margin)

    def outdent(self) -> None:
        """End the innermost margin."""
        self._margins.pop()
        self._waiting.pop()

    def begin_list(self, start: int | None) -> None:
        """Begin a list, numbered from `start`, or with bullets if that is None."""
        self._numbers.append(start)

    def end_list(self) -> None:
        """End the innermost list."""
        self._numbers.pop()

    def begin_item(self) -> None:
        """Begin an item of the innermost list: the next line has its bullet or number."""
        number = self._numbers[-1] if self._numbers else None
        if number is not None:
            self._numbers[-1] = number + 1
        bullet = "- " if number is None else f" {number}. "
        self._waiting.append(bullet)
        self._margins.append(" " * len(bullet))


class Table:
    """A table, read row by row. The first row contains the headings."""

    def __init__(self) -> None:
        """Start without rows."""
        self._names: list[str] | None = None
        self._row: list[str] = []

    def add(self, cell: str) -> None:
        """Add a cell to the row being read."""
        self._row.append(cell)

    def end_row(self) -> list[str]:
        """The finished row as a line `- Heading: cell; Heading: cell`; none for the headings and for empty rows."""
        row, self._row = self._row, []
        if self._names is None:
            self._names = row
            return []
        names = self._names + [""] * (len(row) - len(self._names))
        cells = [f"{name}: {cell}" if name else cell for name, cell in zip(names, row, strict=False) if cell]
        return [f"- {'; '.join(cells)}"] if cells else []
