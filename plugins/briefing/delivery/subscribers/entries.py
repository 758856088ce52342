"""A row of a list -> an entry about one reader, or why it is refused. Knows nothing of the database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NoReturn

from briefing.delivery.store.email_addresses import InvalidAddressError, parse_address
from briefing.delivery.store.membership import GONE, REASONS
from briefing.delivery.store.tables import Membership
from briefing.delivery.store.tokens import is_reader_id
from briefing.delivery.subscribers.cells import parse_time, unescape_formula
from briefing.delivery.subscribers.formats import ANY
from briefing.errors import InvalidValueError

if TYPE_CHECKING:
    from briefing.delivery.store.email_addresses import EmailAddress
    from briefing.delivery.subscribers.file_format import ListFile
    from briefing.delivery.subscribers.formats import StateInRow
    from briefing.delivery.subscribers.rows import ListRow

_MAX_TEXT: Final = 200  # characters of a name or source; the rest is dropped
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_HASH: Final = re.compile(r"([0-9a-f]{16}):([0-9a-f]{40})")


class RowError(InvalidValueError):
    """A row is refused. Never repeats its content."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """The options of an import.

    is_confirmed: treat rows without a status as confirmed. source, consented_at (0: none): for rows without their own. now: the
    time of the import.
    """

    now: int
    is_confirmed: bool = False
    source: str = ""
    consented_at: int = 0


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One reader of a row. Times in seconds since 1970; 0 if the row has none.

    reader: the identifier, in our own lists; else "". reason: why the reader is suppressed, in addition to their state; else "".
    warnings: cells of an unsubscribed reader that could not be read and are ignored.
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
    """A suppression without a reader, in our own lists. fingerprint: of the secret that made the hash."""

    fingerprint: str
    hash: str
    reason: str
    at: int
    warnings: tuple[str, ...] = ()


class RowReader:
    """Reads the rows of one file."""

    def __init__(self, file: ListFile, options: ImportOptions) -> None:
        """`file` must be inspected."""
        header, form = file.header, file.header.form
        at = {name: number for number, name in reversed(list(enumerate(header.columns)))}
        self._width = len(header.columns)
        found = {field: tuple(at[name] for name in names if name in at) for field, names in form.columns.items()}
        self._at = {field: numbers for field, numbers in found.items() if numbers}
        self._rules = [(at[rule.column], rule) for rule in form.rules if rule.column in at]
        name = file.path.name.lower()
        self._by_file = next((state for start, state in form.by_file.items() if name.startswith(start)), None)
        self._is_list_of_unsubscribed = bool(form.by_file and "since" in self._at)
        self._options = options
        self._source = options.source or f"import from {form.title}"

    def read(self, row: ListRow) -> ListEntry | SuppressedAddress:
        """Read a row. Raises RowError, but not for an invalid date of an unsubscribed reader: unsubscribing wins."""
        if row.fault:
            raise RowError(*row.fault)
        cells = row.cells
        if len(cells) > self._width:
            what = f"has {len(cells)} cells, but the header has {self._width}"
            _refuse(what, "quote cells that contain the delimiter")
        address = self._cell(cells, "address")
        if not address and self._cell(cells, "hash"):
            return self._suppressed(cells)
        try:
            mailbox = parse_address(address)
        except InvalidAddressError as error:
            what = f"its address {error.what}"
            raise RowError(what, error.hint) from None
        state_in_row = self._state(cells)
        return self._entry(cells, mailbox, state_in_row, row)

    def _entry(self, cells: list[str], mailbox: EmailAddress, state_in_row: StateInRow, row: ListRow) -> ListEntry:
        options = self._options
        state = state_in_row or (Membership.CONFIRMED if options.is_confirmed else Membership.PENDING)
        reason = self._reason(cells)
        warnings: list[str] | None = [] if state in GONE or reason else None
        joined = self._time(cells, "joined", warnings)
        consented = 0
        if state is not Membership.PENDING:
            consented = self._time(cells, "consented", warnings)
        if state is Membership.CONFIRMED:
            consented = consented or options.consented_at or joined
        name = self._text(cells, "name", row)
        if not name:
            name = f"{self._text(cells, 'first', row)} {self._text(cells, 'last', row)}".strip()
        reader = self._cell(cells, "reader")
        if reader and not is_reader_id(reader):
            _refuse("its `reader` is not a valid identifier", "leave the cell empty")
        return ListEntry(
            mailbox,
            name,
            state,
            self._time(cells, "since", warnings),
            self._text(cells, "source", row) or self._source,
            self._text(cells, "text_version", row),
            joined or consented or options.now,
            consented,
            self._time(cells, "paused_until", warnings, is_past=False),
            reader,
            reason,
            tuple(warnings or ()),
        )

    def _suppressed(self, cells: list[str]) -> SuppressedAddress:
        form = _HASH.fullmatch(self._cell(cells, "hash"))
        reason = self._reason(cells)
        if not form or not reason:
            _refuse("its suppression is incomplete", "export the list again")
        warnings: list[str] = []
        at = self._time(cells, "since", warnings) or self._options.now
        return SuppressedAddress(form[1], form[2], reason, at, tuple(warnings))

    def _state(self, cells: list[str]) -> StateInRow:
        if self._by_file:
            return self._by_file
        if self._is_list_of_unsubscribed and not self._cell(cells, "since"):
            what = "is in a list of unsubscribed readers, but has no date"
            _refuse(what, "start the file name with unsubscribed_ or cleaned_")
        for at, rule in self._rules:
            cell = unescape_formula(cells[at]).strip().lower() if at < len(cells) else ""
            if cell in rule.states:
                return rule.states[cell]
            if cell and ANY in rule.states:
                return rule.states[ANY]
            if cell and rule.is_strict:
                _refuse(f"its `{rule.column}` is not a known value", f"use one of {', '.join(rule.states)}")
        return None

    def _reason(self, cells: list[str]) -> str:
        reason = self._cell(cells, "reason")
        if reason and reason not in REASONS:
            _refuse("its `reason` is not a known value", f"use one of {', '.join(sorted(REASONS))}")
        return reason

    def _cell(self, cells: list[str], field: str) -> str:
        if field not in self._at:
            return ""
        for at in self._at[field]:
            if at < len(cells) and (cell := cells[at].strip(" \t")):
                return unescape_formula(cell)
        return ""

    def _text(self, cells: list[str], field: str, row: ListRow) -> str:
        """A cell as one line, shortened if it is too long. Control characters become spaces."""
        text = self._cell(cells, field)
        if not text or (text.isprintable() and len(text) <= _MAX_TEXT):
            return text
        if row.last > row.line and "@" in text:
            _refuse(f"its `{field}` contains an address of another line", "close the quote before it")
        return _CONTROL.sub(" ", text).strip()[:_MAX_TEXT]

    def _time(self, cells: list[str], field: str, warnings: list[str] | None, *, is_past: bool = True) -> int:
        """A cell's time, 0 for none. If it is not valid: a warning, or RowError if `warnings` is None."""
        text = self._cell(cells, field)
        if not text:
            return 0
        try:
            seconds = _seconds(text)
        except (ValueError, OverflowError):
            what, hint = f"its `{field}` is not a valid date", "write it as 2026-03-30 or 2026-03-30T09:12:00Z"
        else:
            if not is_past or seconds <= self._options.now + 86_400:
                return seconds
            what, hint = f"its `{field}` is in the future", "correct the date"
        if warnings is None:
            _refuse(what, hint)
        warnings.append(what)
        return 0


_seconds = lru_cache(maxsize=4096)(parse_time)


def _refuse(what: str, hint: str) -> NoReturn:
    raise RowError(what, hint)
