"""What an inspection says: a table of rows, and the problems behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from briefing.errors import Weight

if TYPE_CHECKING:
    from briefing.errors import Problem


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One check of a digest: what was measured, what is allowed, and "ok", "warning" or "error"."""

    check: str
    value: str
    limit: str
    verdict: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Inspection:
    """Every check of one issue's digest, in a fixed order; `problems` are in the issue's and its stories' files."""

    issue: str
    rows: tuple[ReportRow, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `key` is the front matter's key at fault, of the story named, else of the issue.

    is_of_content: the check of the content names its line, and weighs it; the digest only shows it in its table.
    """

    what: str
    hint: str
    weight: Weight = Weight.ERROR
    key: str = ""
    story: str = ""
    is_of_content: bool = False


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """What one check found."""

    check: str
    value: str
    limit: str
    findings: tuple[Finding, ...] = ()
    note: str = ""

    @property
    def row(self) -> ReportRow:
        """The outcome in the table; where something is wrong, the note says what."""
        weights = {finding.weight for finding in self.findings}
        verdict = "error" if Weight.ERROR in weights else "warning" if weights else "ok"
        note = "; ".join(dict.fromkeys(finding.what for finding in self.findings)) or self.note
        return ReportRow(self.check, self.value, self.limit, verdict, note)


def kilobytes(octets: int) -> str:
    """A size as people compare it with Gmail's limit: in units of 1,024 octets."""
    return f"{octets / 1024:.1f} KB"


def listed(names: tuple[str, ...] | list[str], most: int = 3) -> str:
    """The first few of many."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
