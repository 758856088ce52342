"""The records beside an issue: ISSUE.proof.json of what the desk was sent, ISSUE.sent.json of what readers were.

Programs write them and people commit them; neither holds an address. Times are in UTC, to the second.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, TypeVar

from briefing.errors import Problem, ProblemsFoundError
from briefing.library.shapes import TIME, ProofShape, SentShape, problem_at, shaped
from briefing.model import Counts, ProofRecord, SentRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from briefing.settings import Settings

_PROOF: Final = ".proof.json"
_SENT: Final = ".sent.json"
_AGAIN: Final = "remove the file, then run `proof` again"
_RESTORE: Final = "take the file as the program wrote it from git; it says what readers have"
_R = TypeVar("_R", ProofRecord, SentRecord)


def proof_file(settings: Settings, issue: str) -> Path:
    """Where the proof of an issue is recorded."""
    return settings.content / "issues" / f"{issue}{_PROOF}"


def sent_file(settings: Settings, issue: str) -> Path:
    """Where the sending of an issue is recorded."""
    return settings.content / "issues" / f"{issue}{_SENT}"


def read_proof(settings: Settings, issue: str) -> ProofRecord | None:
    """What the desk was sent; None where nothing was. Raises ProblemsFoundError where the record is damaged."""
    return _read(settings, proof_file(settings, issue), as_proof)


def read_sent(settings: Settings, issue: str) -> SentRecord | None:
    """What readers were sent; None where nothing was. Raises ProblemsFoundError where the record is damaged."""
    return _read(settings, sent_file(settings, issue), as_sent)


def proof_text(record: ProofRecord) -> str:
    """The text of ISSUE.proof.json: the same record gives the same text."""
    return _text({**asdict(record), "at": _time(record.at)})


def sent_text(record: SentRecord) -> str:
    """The text of ISSUE.sent.json: the same record gives the same text."""
    return _text({**asdict(record), "opened": _time(record.opened), "finished": _time(record.finished)})


def as_proof(data: bytes, path: str) -> tuple[ProofRecord | None, list[Problem]]:
    """The record in a file's bytes, or why there is none; `path` is relative to the root."""
    shape, problems = shaped(ProofShape, data, path, _AGAIN)
    if shape is None:
        return None, problems
    return _of_its_issue(ProofRecord(**dict(shape)), data, path, _AGAIN)


def as_sent(data: bytes, path: str) -> tuple[SentRecord | None, list[Problem]]:
    """The record in a file's bytes, or why there is none; `path` is relative to the root."""
    shape, problems = shaped(SentShape, data, path, _RESTORE)
    if shape is None:
        return None, problems
    record = SentRecord(**{**dict(shape), "counts": Counts(**dict(shape.counts)), "stories": tuple(shape.stories)})
    total = sum(asdict(record.counts).values())
    if total != record.recipients:
        what = f"adds up to {total} of {record.recipients} recipients"
        return None, [problem_at(path, data, what, "counts", _RESTORE)]
    return _of_its_issue(record, data, path, _RESTORE)


def read_all(
    settings: Settings, files: Collection[str], issues: Collection[str]
) -> tuple[tuple[SentRecord, ...], list[Problem]]:
    """What was sent, and what is wrong with any record. `files` are paths below content/, `issues` the ids there are."""
    sent: list[SentRecord] = []
    found: list[Problem] = []
    for path in (settings.content / file for file in files):
        is_proof = path.name.endswith(_PROOF)
        issue = path.name.removesuffix(_PROOF if is_proof else _SENT)
        try:
            record = read_proof(settings, issue) if is_proof else read_sent(settings, issue)
        except ProblemsFoundError as error:
            found.extend(error.problems)
            continue
        if issue not in issues:
            remedy = "name it as its issue is named now, or remove it" if is_proof else "restore or rename the issue"
            found.append(Problem(_named(settings, path), f"there is no issue {issue}", remedy, line=1))
        if isinstance(record, SentRecord):
            sent.append(record)
    return tuple(sent), found


def _read(settings: Settings, path: Path, parse: Callable[[bytes, str], tuple[_R | None, list[Problem]]]) -> _R | None:
    named = _named(settings, path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        said = Problem(named, f"cannot be read: {error.strerror}", "mend its permissions", line=1)
        raise ProblemsFoundError([said]) from error
    record, problems = parse(data, named)
    if record is None:
        raise ProblemsFoundError(problems)
    return record


def _of_its_issue(record: _R, data: bytes, path: str, hint: str) -> tuple[_R | None, list[Problem]]:
    """Nothing where a record was copied from another issue's."""
    name = path.rpartition("/")[2].removesuffix(_PROOF).removesuffix(_SENT)
    if record.issue == name:
        return record, []
    what = f"`{record.issue}` is not `{name}`, as the file's name has it"
    return None, [problem_at(path, data, what, "issue", hint)]


def _named(settings: Settings, path: Path) -> str:
    return os.path.relpath(path, settings.root).replace(os.sep, "/")


def _text(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _time(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime(TIME)
