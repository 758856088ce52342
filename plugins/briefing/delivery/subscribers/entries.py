"""A row of a list -> what it says about one reader, or why it cannot be taken. Nothing here knows the ledger."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from briefing.delivery.store.email_addresses import InvalidAddressError, parse_address
from briefing.delivery.store.membership import GONE, REASONS
from briefing.delivery.store.tables import Membership
from briefing.delivery.store.tokens import is_reader_id
from briefing.delivery.subscribers.cells import parse_time, unescape_formula
from briefing.delivery.subscribers.formats import ANY

if TYPE_CHECKING:
    from briefing.delivery.store.email_addresses import EmailAddress
    from briefing.delivery.subscribers.file_format import ListFile
    from briefing.delivery.subscribers.formats import Standing
    from briefing.delivery.subscribers.rows import ListRow

_LONGEST: Final = 200  # characters of a name or source that are kept
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_HASH: Final = re.compile(r"([0-9a-f]{16}):([0-9a-f]{40})")


class RowError(ValueError):
    """Why a row cannot be taken: what is wrong; what to do. Never repeats the row."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the desk says about a whole import.

    is_confirmed: who says nothing about consent has agreed. source, consented_at (0: not said): the record of rows
    that hold none of their own. now: the time of the import.
    """

    now: int
    is_confirmed: bool = False
    source: str = ""
    consented_at: int = 0


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One reader as a row has them; times in seconds since 1970, 0 where the row has none.

    state_at is 0 too where the row does not say since when. reader: the identifier in an own list; "". reason: why the
    reader is suppressed beyond their state; "". doubts: what could not be read of a reader who left, and is left out.
    """

    mailbox: EmailAddress
    name: str
    state: Membership
    state_at: int
    source: str
    text_version: str
    joined_at: int
    consented_at: int
    paused_until: int = 0
    reader: str = ""
    reason: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SuppressedAddress:
    """A suppression without its reader, as own lists have them. mark: that of the secret it was made with."""

    fingerprint: str
    hash: str
    reason: str
    at: int
    warnings: tuple[str, ...] = ()


class RowReader:
    """Reads the rows of one file."""

    def __init__(self, file: ListFile, options: ImportOptions) -> None:
        """`file` has been looked at."""
        header, form = file.header, file.header.form
        at = {name: number for number, name in reversed(list(enumerate(header.columns)))}
        self._width = len(header.columns)
        found = {field: tuple(at[name] for name in names if name in at) for field, names in form.columns.items()}
        self._at = {field: numbers for field, numbers in found.items() if numbers}
        self._rules = [(at[rule.column], rule) for rule in form.rules if rule.column in at]
        name = file.path.name.lower()
        self._by_file = next((state for start, state in form.by_file.items() if name.startswith(start)), None)
        self._leaving = bool(form.by_file and "since" in self._at)
        self._terms = options
        self._source = options.source or f"import from {form.title}"

    def read(self, row: ListRow) -> ListEntry | SuppressedAddress:
        """What the row says. Raises RowError, but not for a date of somebody who left: leaving wins."""
        if row.said:
            raise RowError(row.said)
        cells = row.cells
        if len(cells) > self._width:
            msg = f"has {len(cells)} cells under {self._width} columns; put a cell that holds the delimiter in quotes"
            raise RowError(msg)
        address = self._cell(cells, "address")
        if not address and self._cell(cells, "hash"):
            return self._barred(cells)
        try:
            mailbox = parse_address(address)
        except InvalidAddressError as error:
            msg = f"its address {error}"
            raise RowError(msg) from None
        standing = self._standing(cells)
        return self._entry(cells, mailbox, standing, row)

    def _entry(self, cells: list[str], mailbox: EmailAddress, standing: Standing, row: ListRow) -> ListEntry:
        options = self._terms
        state = standing or (Membership.CONFIRMED if options.is_confirmed else Membership.PENDING)
        reason = self._reason(cells)
        warnings: list[str] | None = [] if state in GONE or reason else None
        joined = self._instant(cells, "joined", warnings)
        consented = 0
        if state is not Membership.PENDING:
            consented = self._instant(cells, "consented", warnings)
        if state is Membership.CONFIRMED:
            consented = consented or options.consented_at or joined
        name = self._text(cells, "name", row)
        if not name:
            name = f"{self._text(cells, 'first', row)} {self._text(cells, 'last', row)}".strip()
        reader = self._cell(cells, "reader")
        if reader and not is_reader_id(reader):
            msg = "its reader is not a valid identifier of this program; leave the cell empty"
            raise RowError(msg)
        return ListEntry(
            mailbox,
            name,
            state,
            self._instant(cells, "since", warnings),
            self._text(cells, "source", row) or self._source,
            self._text(cells, "text_version", row),
            joined or consented or options.now,
            consented,
            self._instant(cells, "paused_until", warnings, is_past=False),
            reader,
            reason,
            tuple(warnings or ()),
        )

    def _barred(self, cells: list[str]) -> SuppressedAddress:
        form = _HASH.fullmatch(self._cell(cells, "hash"))
        reason = self._reason(cells)
        if not form or not reason:
            msg = "its suppression is incomplete; export the list again"
            raise RowError(msg)
        warnings: list[str] = []
        at = self._instant(cells, "since", warnings) or self._terms.now
        return SuppressedAddress(form[1], form[2], reason, at, tuple(warnings))

    def _standing(self, cells: list[str]) -> Standing:
        if self._by_file:
            return self._by_file
        if self._leaving and not self._cell(cells, "since"):
            msg = (
                "is in a list of those who left, without its date; begin the file's name with unsubscribed_ or cleaned_"
            )
            raise RowError(msg)
        for at, rule in self._rules:
            cell = unescape_formula(cells[at]).strip().lower() if at < len(cells) else ""
            if cell in rule.states:
                return rule.states[cell]
            if cell and ANY in rule.states:
                return rule.states[ANY]
            if cell and rule.is_strict:
                msg = f"its {rule.column} has no meaning here; write one of {', '.join(rule.states)}"
                raise RowError(msg)
        return None

    def _reason(self, cells: list[str]) -> str:
        reason = self._cell(cells, "reason")
        if reason and reason not in REASONS:
            msg = f"its reason has no meaning here; write one of {', '.join(sorted(REASONS))}"
            raise RowError(msg)
        return reason

    def _cell(self, cells: list[str], field: str) -> str:
        if field not in self._at:
            return ""
        for at in self._at[field]:
            if at < len(cells) and (cell := cells[at].strip(" \t")):
                return unescape_formula(cell)
        return ""

    def _text(self, cells: list[str], field: str, row: ListRow) -> str:
        """A cell on one line, at most so long; the control characters in it become spaces."""
        text = self._cell(cells, field)
        if not text or (text.isprintable() and len(text) <= _LONGEST):
            return text
        if row.last > row.line and "@" in text:
            msg = f"its {field} holds an address of another line; a quote before it is not closed"
            raise RowError(msg)
        return _CONTROL.sub(" ", text).strip()[:_LONGEST]

    def _instant(self, cells: list[str], field: str, warnings: list[str] | None, *, is_past: bool = True) -> int:
        """A cell's date, 0 for none. What is wrong with it is added to `doubts`; raises RowError where that is None."""
        text = self._cell(cells, field)
        if not text:
            return 0
        try:
            seconds = _seconds(text)
        except (ValueError, OverflowError):
            msg = f"its date of `{field}` is not a valid date such as 2026-03-30 or 2026-03-30T09:12:00Z"
        else:
            if not is_past or seconds <= self._terms.now + 86_400:
                return seconds
            msg = f"its date of `{field}` is yet to come"
        if warnings is None:
            raise RowError(msg)
        warnings.append(msg)
        return 0


_seconds = lru_cache(maxsize=4096)(parse_time)
