"""The header of a list: delimiter, columns and format."""

from __future__ import annotations

import csv
import difflib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from briefing.delivery.store.email_addresses import InvalidAddressError, parse_address
from briefing.delivery.subscribers.formats import FORMATS, MAILCHIMP, OWN, Format, column_name, detect_format
from briefing.errors import InvalidValueError, Problem, ProblemsFoundError

if TYPE_CHECKING:
    from pathlib import Path

_DELIMITERS: Final = ",;\t|"


@dataclass(frozen=True, slots=True)
class Header:
    """columns: as `column_name` returns them, in order. lines: the number of lines before the first row."""

    delimiter: str = ","
    columns: tuple[str, ...] = ()
    lines: int = 1
    form: Format = OWN


def read_header(path: Path, first: list[str], wanted: str = "") -> Header:
    """The header in the first two lines of a list. `wanted`: its format; "" to detect it.

    Raises ProblemsFoundError if there is no column with addresses, or if the header does not fit the format.
    """
    separator, skipped = _separator(first[0] if first else "")
    line = skipped + 1
    text = first[skipped] if len(first) > skipped else ""
    delimiter = separator or _delimiter(text)
    cells = _cells(text, delimiter)
    columns = tuple(map(column_name, cells))
    try:
        _require_no_address(cells)
        form = _form(columns, wanted)
        _require_once(columns, form)
    except InvalidValueError as error:
        raise ProblemsFoundError([Problem(str(path), error.what, error.hint, line=line)]) from None
    return Header(delimiter, columns, line, form)


def notes_on(header: Header) -> tuple[str, ...]:
    """Notes about columns that are not read. Mailchimp's exports always have some."""
    known = _known(header.form)
    notes = [
        f"not read in rows with `{names[0]}`: {', '.join(f'`{name}`' for name in names[1:])}"
        for names in [[name for name in header.form.columns["address"] if name in header.columns]]
        if len(names) > 1
    ]
    ignored = [name for name in header.columns if name and name not in known]
    if header.form is MAILCHIMP or not ignored:
        return tuple(notes)
    similar = {name: difflib.get_close_matches(name, sorted(known), 1, 0.8) for name in ignored}
    names = [f"`{name}`" + (f" (did you mean `{close[0]}`?)" if close else "") for name, close in similar.items()]
    return (*notes, f"not read: {', '.join(names)}")


def _separator(first: str) -> tuple[str, int]:
    """Spreadsheets may name the delimiter in a first line such as `sep=;`."""
    named = first.strip("\r\n").lower()
    return (named[4], 1) if named.startswith("sep=") and len(named) == len("sep=;") else ("", 0)


def _delimiter(text: str) -> str:
    """The one that makes a header with addresses; else the most frequent."""
    frequent = sorted(_DELIMITERS, key=text.count, reverse=True)
    return next(
        (each for each in frequent if detect_format(frozenset(map(column_name, _cells(text, each))))), frequent[0]
    )


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return []


def _require_no_address(cells: list[str]) -> None:
    for cell in cells:
        try:
            parse_address(cell)
        except InvalidAddressError:
            continue
        _refuse("begins with an address instead of a header", "add a first line: address")


def _form(columns: tuple[str, ...], wanted: str) -> Format:
    there = frozenset(columns)
    form = FORMATS[wanted] if wanted else detect_format(there)
    addresses = (form or OWN).columns["address"]
    if form is None or not there & set(addresses):
        similar = next((name for name in columns if difflib.get_close_matches(name, addresses, 1)), "")
        hint = (
            f"did you mean `{similar}`? Rename it to `{addresses[0]}`" if similar else f"add a column `{addresses[0]}`"
        )
        _refuse("has no column with addresses", hint)
    if not any(signature <= there for signature in form.signatures):
        missing = min((sorted(signature - there) for signature in form.signatures), key=len)
        close = difflib.get_close_matches(missing[0], columns, 1, 0.8)
        other = detect_format(there)
        hint = "omit --from, or use the file as it was exported"
        if close:
            hint = f"did you mean `{close[0]}`?"
        elif other and other is not OWN:
            hint = f"it looks like an export of {other.title}: omit --from, or pass --from {other.name}"
        _refuse(f"is not an export of {form.title}: it has no column `{missing[0]}`", hint)
    return form


def _require_once(columns: tuple[str, ...], form: Format) -> None:
    known = _known(form)
    for name, number in Counter(columns).items():
        if number > 1 and name in known:
            _refuse(f"has the column `{name}` twice", "remove one of them")


def _known(form: Format) -> set[str]:
    return {name for names in form.columns.values() for name in names} | {rule.column for rule in form.rules}


def _refuse(what: str, hint: str) -> NoReturn:
    raise InvalidValueError(what, hint)
