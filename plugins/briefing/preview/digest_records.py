"""What the preview keeps of each digest: the message as it would be sent, and what was found in it.

A record is one JSON file, `ISSUE.json`, in the folder `digests` beside the site's. The build's process writes
them, the server reads them.
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
    """One row of the checks' table; verdict is "ok", "warning" or "error"."""

    check: str
    value: str
    limit: str
    verdict: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestRecord:
    """One digest.

    date: ISO 8601. site: the address that the digest's links lead to, without a slash behind it.
    remote_pictures: whether the settings let a text show other hosts' pictures.
    problems: as they are printed. key: changes whenever the findings might.
    """

    issue: str
    number: int | None
    title: str
    date: str
    site: str
    remote_pictures: bool
    message: str
    fingerprint: str
    findings: tuple[RecordedFinding, ...]
    problems: tuple[str, ...]
    key: str


def beside(site: Path) -> Path:
    """Where the records lie that belong to the site in this folder."""
    return site.with_name(FOLDER)


def read_records(folder: Path) -> dict[str, DigestRecord]:
    """Every record by its issue, the newest first."""
    found = [record for file in folder.glob("*" + _ENDING) if (record := _read(file)) is not None]
    return {record.issue: record for record in sorted(found, key=lambda record: (record.date, record.issue))[::-1]}


def read_record(folder: Path, issue: str) -> DigestRecord | None:
    """One issue's record; None where there is none by this very name, whatever path the name may spell."""
    names = {file.name for file in folder.glob("*" + _ENDING)}
    return _read(folder / (issue + _ENDING)) if issue + _ENDING in names else None


def write_records(folder: Path, records: Iterable[DigestRecord]) -> int:
    """Make the folder hold these records and no others; how many were changed, added or removed."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {record.issue + _ENDING: json.dumps(asdict(record)) for record in records}
    strays = [file for file in folder.iterdir() if file.name not in wanted]
    for file in strays:
        file.unlink()
    changed = [name for name, text in wanted.items() if _text(folder / name) != text]
    for name in changed:
        temporary = folder / (name + _TEMPORARY)
        temporary.write_text(wanted[name], encoding="utf-8")
        temporary.replace(folder / name)
    return len(changed) + len(strays)


def _read(file: Path) -> DigestRecord | None:
    """None where it was removed just now, or an older version of this program wrote it."""
    try:
        said: dict[str, Any] = json.loads(_text(file) or "null")
        findings = tuple(RecordedFinding(**row) for row in said.pop("findings"))
        return DigestRecord(**{**said, "findings": findings, "problems": tuple(said.pop("problems"))})
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
