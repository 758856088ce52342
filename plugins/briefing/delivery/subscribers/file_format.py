"""Inspects the file of a list before the import: encoding, delimiter and header."""

from __future__ import annotations

import codecs
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Final, NoReturn

from briefing.delivery.subscribers.formats import NEVER_JOINED
from briefing.delivery.subscribers.header_row import Header, notes_on, read_header
from briefing.errors import Problem, ProblemsFoundError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO, TextIO

_MAX_LINE: Final = 1_000_000  # characters
_CHUNK: Final = 1 << 20
_ARCHIVE: Final = b"PK\x03\x04"
_SPREADSHEET: Final = ("is a spreadsheet", "save it as CSV in UTF-8, and import that file")
_OTHER_FORMATS: Final = {
    b"\xd0\xcf\x11\xe0": _SPREADSHEET,
    b"\x1f\x8b": ("is compressed", "unpack it, and import the CSV file"),
    b"%PDF": ("is a PDF document", "export the list as CSV instead"),
}
_BOMS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_FALLBACKS: Final = ("cp1252", "latin-1")


@dataclass(frozen=True, slots=True)
class ListFile:
    """An inspected list. lines: approximate number. notes: about the file, for the user."""

    path: Path
    lines: int
    encoding: str
    header: Header = field(default_factory=Header)
    notes: tuple[str, ...] = ()


def inspect_file(path: Path, wanted: str = "") -> ListFile:
    """Inspect a file. `wanted`: its format; "" to detect it.

    Raises ProblemsFoundError if it is not a readable list, OSError if it cannot be opened.
    """
    if not path.is_file():
        msg = f"{path} is not a file; pass the exported CSV file"
        raise WrongUseError(msg)
    if path.name.lower().startswith(NEVER_JOINED):
        _refuse(path, "contains people who never joined the list", "don't import this file")
    with path.open("rb") as file:
        beginning = file.read(4096)
        _require_text(path, beginning)
        encoding, number = _encoding(path, file, beginning)
    draft = ListFile(path, number, encoding)
    with lines(draft) as text:
        header = read_header(path, list(islice(text, 2)), wanted)
    return replace(draft, header=header, notes=(*_about_encoding(draft), *notes_on(header)))


@contextmanager
def lines(file: ListFile) -> Iterator[Iterator[str]]:
    """The decoded lines of the file, with their line ends."""
    with file.path.open(encoding=file.encoding, newline="") as text:
        yield _limited(file.path, text)


def _limited(path: Path, text: TextIO) -> Iterator[str]:
    number = 0
    while line := text.readline(_MAX_LINE):
        number += 1
        if len(line) == _MAX_LINE:
            _refuse(path, "this line is too long for a row of a list", "export the list as CSV again", line=number)
        yield line


def _require_text(path: Path, beginning: bytes) -> None:
    if not beginning.strip():
        _refuse(path, "is empty", "export the list again")
    if beginning.startswith(_ARCHIVE):
        if b"xl/" in beginning or b"[Content_Types]" in beginning or path.suffix.lower() == ".xlsx":
            _refuse(path, *_SPREADSHEET)
        _refuse(path, "is a zip archive", "unpack it, and import the CSV files")
    for signature, fault in _OTHER_FORMATS.items():
        if beginning.startswith(signature):
            _refuse(path, *fault)


def _encoding(path: Path, file: BinaryIO, beginning: bytes) -> tuple[str, int]:
    """An encoding in which the whole file can be decoded, and the approximate number of lines."""
    named = next((encoding for bom, encoding in _BOMS.items() if beginning.startswith(bom)), "") or _by_nuls(beginning)
    for encoding in (named,) if named else ("utf-8", *_FALLBACKS):
        if (number := _lines_in(file, encoding)) is not None:
            return encoding, number
    return _refuse(
        path, f"is incomplete, or not valid {named.upper()}", "save it as CSV in UTF-8, and import that file"
    )


def _by_nuls(beginning: bytes) -> str:
    """UTF-16 without a byte order mark: every other byte of Latin text is 0."""
    threshold = len(beginning) // 4
    if beginning[1::2].count(0) > threshold:
        return "utf-16-le"
    return "utf-16-be" if beginning[::2].count(0) > threshold else ""


def _lines_in(file: BinaryIO, encoding: str) -> int | None:
    decoder = codecs.getincrementaldecoder(encoding)()
    number = 0
    file.seek(0)
    try:
        while chunk := file.read(_CHUNK):
            number += decoder.decode(chunk).count("\n")
        decoder.decode(b"", final=True)
    except UnicodeError:
        return None
    return number + 1


def _about_encoding(file: ListFile) -> tuple[str, ...]:
    if file.encoding not in _FALLBACKS:
        return ()
    name = "Windows-1252" if file.encoding == "cp1252" else "Latin-1"
    return (f"{file.path} is not in UTF-8 and was read as {name}; check that names look right",)


def _refuse(path: Path, what: str, hint: str, line: int = 1) -> NoReturn:
    raise ProblemsFoundError([Problem(str(path), what, hint, line=line)])
