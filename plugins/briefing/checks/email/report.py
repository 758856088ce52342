"""The result of an inspection: a table, and the problems in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from briefing.errors import Weight

if TYPE_CHECKING:
    from briefing.errors import Problem


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One check of a digest: the value, the limit, and "ok", "warning" or "error"."""

    check: str
    value: str
    limit: str
    verdict: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Inspection:
    """Every check of an issue's digest, in a fixed order; `problems` are in the files of the issue and its stories."""

    issue: str
    rows: tuple[ReportRow, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem. `key` is the front matter key at fault, in `story` if it is given, else in the issue.

    is_of_content: the checks of the content report it; the digest only shows it in its table.
    """

    what: str
    hint: str
    weight: Weight = Weight.ERROR
    key: str = ""
    story: str = ""
    is_of_content: bool = False


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """The result of one check."""

    check: str
    value: str
    limit: str
    findings: tuple[Finding, ...] = ()
    note: str = ""

    @property
    def row(self) -> ReportRow:
        """The row in the table; if something is wrong, the note says what."""
        weights = {finding.weight for finding in self.findings}
        verdict = "error" if Weight.ERROR in weights else "warning" if weights else "ok"
        note = "; ".join(dict.fromkeys(finding.what for finding in self.findings)) or self.note
        return ReportRow(self.check, self.value, self.limit, verdict, note)


def kilobytes(octets: int) -> str:
    """A size in units of 1,024 bytes, as Gmail's limit is given."""
    return f"{octets / 1024:.1f} KB"


def listed(names: tuple[str, ...] | list[str], most: int = 3) -> str:
    """The first `most` names, and how many more there are."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
