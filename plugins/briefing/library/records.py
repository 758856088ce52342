"""The records beside an issue: ISSUE.proof.json of what the desk was sent, ISSUE.sent.json of what readers were.

Programs write them and people commit them; neither holds an address. Times are in UTC, to the second.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from briefing.errors import Problem, ProblemsFoundError
from briefing.frontmatter import MAX_BYTES
from briefing.frontmatter.sayings import saying
from briefing.frontmatter.values import field_of, printable
from briefing.model import Counts, ProofRecord, SentRecord

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from briefing.settings import Settings

PROOF: Final = ".proof.json"
SENT: Final = ".sent.json"
_AGAIN: Final = "remove the file, then run `proof` again"
_RESTORE: Final = "take the file as the program wrote it from git; it says what readers have"
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
_R = TypeVar("_R", ProofRecord, SentRecord)


def proof_file(settings: Settings, issue: str) -> Path:
    """Where the proof of an issue is recorded."""
    return settings.content / "issues" / f"{issue}{PROOF}"


def sent_file(settings: Settings, issue: str) -> Path:
    """Where the sending of an issue is recorded."""
    return settings.content / "issues" / f"{issue}{SENT}"


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
    shape, problems = _shaped(_Proof, data, path, PROOF, _AGAIN)
    if shape is None:
        return None, problems
    return ProofRecord(**dict(shape)), []


def as_sent(data: bytes, path: str) -> tuple[SentRecord | None, list[Problem]]:
    """The record in a file's bytes, or why there is none; `path` is relative to the root."""
    shape, problems = _shaped(_Sent, data, path, SENT, _RESTORE)
    if shape is None:
        return None, problems
    record = SentRecord(**{**dict(shape), "counts": Counts(**dict(shape.counts)), "stories": tuple(shape.stories)})
    if sum(asdict(record.counts).values()) != record.recipients:
        what = f"adds up to {sum(asdict(record.counts).values())} of {record.recipients} recipients"
        return None, [_problem(path, data, what, "counts", _RESTORE)]
    return record, []


def _moment(value: object) -> object:
    try:
        return dt.datetime.strptime(str(value), _TIME).replace(tzinfo=dt.UTC)
    except ValueError as error:
        msg = "is no time such as 2026-04-03T08:00:00Z"
        raise ValueError(msg) from error


_Line = Annotated[str, Field(min_length=1, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$")]
_Sum = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Time = Annotated[dt.datetime, BeforeValidator(_moment)]
_Count = Annotated[int, Field(ge=0)]
_Keeps = Literal["bytes", "content"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Proof(_Record):
    issue: _Line
    fingerprint: _Sum
    messenger: _Line
    keeps: _Keeps
    at: _Time


class _Counts(_Record):
    sent: _Count
    dead: _Count
    suppressed: _Count
    unknown: _Count


class _Sent(_Record):
    issue: _Line
    subject: _Line
    fingerprint: _Sum
    messenger: _Line
    keeps: _Keeps
    opened: _Time
    finished: _Time
    recipients: _Count
    counts: _Counts
    stories: list[_Line]


_S = TypeVar("_S", _Proof, _Sent)


def _shaped(shape: type[_S], data: bytes, path: str, ending: str, hint: str) -> tuple[_S | None, list[Problem]]:
    try:
        if len(data) > MAX_BYTES:
            return None, [Problem(path, f"has more than {MAX_BYTES // 1024} KB", hint, line=1)]
        found = shape.model_validate(json.loads(data, object_pairs_hook=_once))
    except ValidationError as error:
        return None, [_of_fault(fault, shape, path, data, hint) for fault in error.errors()]
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        return None, [Problem(path, "is no whole JSON", hint, line=line)]
    name = path.rpartition("/")[2].removesuffix(ending)
    if found.issue != name:
        return None, [
            _problem(path, data, f"`{found.issue}` is not `{name}`, as the file's name has it", "issue", hint)
        ]
    return found, []


def _of_fault(fault: Any, shape: type[_S], path: str, data: bytes, hint: str) -> Problem:  # noqa: ANN401
    steps = fault["loc"]
    what, _ = saying(fault, shape, str(steps[-1]) if steps else "")
    return _problem(path, data, printable(what), field_of(steps), hint)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A mapping of JSON; what a merge has doubled is refused."""
    found = dict(pairs)
    if len(found) != len(pairs):
        msg = "a key stands twice"
        raise ValueError(msg)
    return found


def _problem(path: str, data: bytes, what: str, field: str, hint: str) -> Problem:
    """The problem at the line where its outermost key stands, as we write it."""
    key = re.search(rb'^ *"%b":' % re.escape(field.partition(".")[0].encode()), data, re.MULTILINE)
    return Problem(path, what, hint, field, data.count(b"\n", 0, key.start()) + 1 if key else 1)


def _read(settings: Settings, path: Path, parse: Callable[[bytes, str], tuple[_R | None, list[Problem]]]) -> _R | None:
    named = os.path.relpath(path, settings.root).replace(os.sep, "/")
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ProblemsFoundError(
            [Problem(named, f"cannot be read: {error.strerror}", "mend its permissions")]
        ) from error
    record, problems = parse(data, named)
    if record is None:
        raise ProblemsFoundError(problems)
    return record


def _text(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _time(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime(_TIME)
