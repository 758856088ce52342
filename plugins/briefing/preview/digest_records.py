"""The preview's record of each digest: the message as it would be sent, and the findings of the checks.

A record is one JSON file, `ISSUE.json`, in the folder `digests` beside the site's. The build's process writes the records,
and the server reads them.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FOLDER: Final = "digests"
_ENDING: Final = ".json"
_TEMPORARY: Final = ".new"


@dataclass(frozen=True, slots=True)
class RecordedFinding:
    """One row in the table of the checks. verdict: "ok", "warning" or "error"."""

    check: str
    value: str
    limit: str
    verdict: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestRecord:
    """One digest.

    date: ISO 8601. site: the site's address in the digest's links, without a slash at the end.
    remote_images: whether the settings allow images from other hosts.
    problems: as they are printed. key: a hash of everything that the findings depend on.
    """

    issue: str
    number: int | None
    title: str
    date: str
    site: str
    remote_images: bool
    message: str
    fingerprint: str
    findings: tuple[RecordedFinding, ...]
    problems: tuple[str, ...]
    key: str


def records_folder(site: Path) -> Path:
    """Return the folder of the records for the site in this folder."""
    return site.with_name(FOLDER)


def read_records(folder: Path) -> dict[str, DigestRecord]:
    """Return every record by its issue, newest first."""
    found = [record for file in folder.glob("*" + _ENDING) if (record := _read(file)) is not None]
    return {record.issue: record for record in sorted(found, key=lambda record: (record.date, record.issue))[::-1]}


def read_record(folder: Path, issue: str) -> DigestRecord | None:
    """Return one issue's record; None if there is none. A name that is a path never leads to another file."""
    names = {file.name for file in folder.glob("*" + _ENDING)}
    return _read(folder / (issue + _ENDING)) if issue + _ENDING in names else None


def write_records(folder: Path, records: Iterable[DigestRecord]) -> int:
    """Make the folder contain these records and no others. Return how many were changed, added or removed."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {record.issue + _ENDING: json.dumps(asdict(record)) for record in records}
    obsolete = [file for file in folder.iterdir() if file.name not in wanted]
    for file in obsolete:
        file.unlink()
    changed = [name for name, text in wanted.items() if _text(folder / name) != text]
    for name in changed:
        temporary = folder / (name + _TEMPORARY)
        temporary.write_text(wanted[name], encoding="utf-8")
        temporary.replace(folder / name)
    return len(changed) + len(obsolete)


def _read(file: Path) -> DigestRecord | None:
    """Return a record; None if it was just removed, or another version of this program wrote it."""
    try:
        values: dict[str, Any] = json.loads(_text(file) or "null")
        findings = tuple(RecordedFinding(**row) for row in values.pop("findings"))
        return DigestRecord(**{**values, "findings": findings, "problems": tuple(values.pop("problems"))})
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
