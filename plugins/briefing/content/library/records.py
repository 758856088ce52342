"""The records beside an issue: of its proof, its provider draft to a provider, and its sending.

ISSUE.proof.json says what the desk was sent, ISSUE.draft.json what a provider was given, ISSUE.sent.json what readers were sent.
ISSUE.draft.json of what a provider was given.

Programs write them and people commit them; neither holds an address. Times are in UTC, to the second.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, TypeVar

from briefing.content.library.contents import fields_of, forgotten, values_of
from briefing.content.library.record_schema import TIME, ProofShape, ProviderDraftShape, SentShape, problem_at, shaped
from briefing.content.model import Counts, ProofRecord, ProviderDraftRecord, SentRecord
from briefing.errors import Problem, ProblemsFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from briefing.settings import Settings

_PROOF: Final = ".proof.json"
_SENT: Final = ".sent.json"
_DRAFT: Final = ".draft.json"
_AGAIN: Final = "remove the file, then run `proof` again"
_HAND_OVER: Final = "remove the file, then run `send` again: it finds the draft and makes no second one"
_RESTORE: Final = "restore the file from git; it records what readers have received"
_R = TypeVar("_R", ProofRecord, SentRecord, ProviderDraftRecord)


def proof_file(settings: Settings, issue: str) -> Path:
    """Where the proof of an issue is recorded."""
    return settings.content / "issues" / f"{issue}{_PROOF}"


def sent_file(settings: Settings, issue: str) -> Path:
    """Where the sending of an issue is recorded."""
    return settings.content / "issues" / f"{issue}{_SENT}"


def provider_draft_file(settings: Settings, issue: str) -> Path:
    """Where the provider draft of an issue to a provider is recorded."""
    return settings.content / "issues" / f"{issue}{_DRAFT}"


def read_proof(settings: Settings, issue: str) -> ProofRecord | None:
    """What the desk was sent; None where nothing was. Raises ProblemsFoundError where the record is damaged."""
    return _read(settings, proof_file(settings, issue), as_proof)


def read_sent(settings: Settings, issue: str) -> SentRecord | None:
    """What readers were sent; None where nothing was. Raises ProblemsFoundError where the record is damaged."""
    return _read(settings, sent_file(settings, issue), as_sent)


def read_provider_draft(settings: Settings, issue: str) -> ProviderDraftRecord | None:
    """What a provider was given; None where nothing was. Raises ProblemsFoundError where the record is damaged."""
    return _read(settings, provider_draft_file(settings, issue), as_provider_draft)


def proof_text(record: ProofRecord) -> str:
    """The text of ISSUE.proof.json: the same record gives the same text."""
    return _text({**asdict(record), "at": _time(record.at)})


def sent_text(record: SentRecord) -> str:
    """The text of ISSUE.sent.json: the same record gives the same text."""
    times = {"opened": _time(record.opened), "finished": _time(record.finished)}
    return _text({**asdict(record), **times, **values_of(record)})


def provider_draft_text(record: ProviderDraftRecord) -> str:
    """The text of ISSUE.draft.json: the same record gives the same text."""
    return _text({**asdict(record), "at": _time(record.at), **values_of(record)})


def as_proof(data: bytes, path: str) -> tuple[ProofRecord | None, list[Problem]]:
    """The record in a file's bytes, or why there is none; `path` is relative to the root."""
    shape, problems = shaped(ProofShape, data, path, _AGAIN)
    if shape is None:
        return None, problems
    return _of_its_issue(ProofRecord(**dict(shape)), data, path, _AGAIN)


def as_provider_draft(data: bytes, path: str) -> tuple[ProviderDraftRecord | None, list[Problem]]:
    """The record in a file's bytes, or why there is none; `path` is relative to the root."""
    shape, problems = shaped(ProviderDraftShape, data, path, _HAND_OVER)
    if shape is None:
        return None, problems
    record = ProviderDraftRecord(**{**dict(shape), **fields_of(shape)})
    if story := forgotten(record):
        return None, [problem_at(path, data, f"has no entry for `{story}`", "content_hashes", _HAND_OVER)]
    return _of_its_issue(record, data, path, _HAND_OVER)


def as_sent(data: bytes, path: str) -> tuple[SentRecord | None, list[Problem]]:
    """The record in a file's bytes, or why there is none; `path` is relative to the root."""
    shape, problems = shaped(SentShape, data, path, _RESTORE)
    if shape is None:
        return None, problems
    record = SentRecord(**{**dict(shape), **fields_of(shape), "counts": Counts(**dict(shape.counts))})
    if story := forgotten(record):
        return None, [problem_at(path, data, f"has no entry for `{story}`", "content_hashes", _RESTORE)]
    total = sum(asdict(record.counts).values())
    if total != record.recipients:
        what = f"adds up to {total} of {record.recipients} recipients"
        return None, [problem_at(path, data, what, "counts", _RESTORE)]
    return _of_its_issue(record, data, path, _RESTORE)


def read_all(
    settings: Settings, files: Collection[str], issues: Collection[str]
) -> tuple[tuple[SentRecord, ...], tuple[ProviderDraftRecord, ...], list[Problem]]:
    """What was sent and what handed over, and what is wrong with any record.

    `files` are paths below content/, `issues` the ids there are.
    """
    sent: list[SentRecord] = []
    handed: list[ProviderDraftRecord] = []
    found: list[Problem] = []
    for path in (settings.content / file for file in files):
        issue = _issue_of(path.name)
        ending = path.name.removeprefix(issue)
        try:
            record = _READERS[ending](settings, issue)
        except ProblemsFoundError as error:
            found.extend(error.problems)
            continue
        if issue not in issues:
            remedy = "restore or rename the issue" if ending == _SENT else "rename it like its issue, or remove it"
            found.append(Problem(_named(settings, path), f"there is no issue {issue}", remedy, line=1))
        if isinstance(record, SentRecord):
            sent.append(record)
        elif isinstance(record, ProviderDraftRecord):
            handed.append(record)
    return tuple(sent), tuple(handed), found


def _read(settings: Settings, path: Path, parse: Callable[[bytes, str], tuple[_R | None, list[Problem]]]) -> _R | None:
    named = _named(settings, path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        said = Problem(named, f"cannot be read: {error.strerror}", "fix its permissions", line=1)
        raise ProblemsFoundError([said]) from error
    record, problems = parse(data, named)
    if record is None:
        raise ProblemsFoundError(problems)
    return record


def _of_its_issue(record: _R, data: bytes, path: str, hint: str) -> tuple[_R | None, list[Problem]]:
    """Nothing where a record was copied from another issue's."""
    name = _issue_of(path.rpartition("/")[2])
    if record.issue == name:
        return record, []
    what = f"`{record.issue}` is not `{name}`, as in the file name"
    return None, [problem_at(path, data, what, "issue", hint)]


def _issue_of(name: str) -> str:
    """The issue that a record's file name begins with."""
    return next(name.removesuffix(ending) for ending in _READERS if name.endswith(ending))


def _named(settings: Settings, path: Path) -> str:
    return os.path.relpath(path, settings.root).replace(os.sep, "/")


def _text(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _time(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime(TIME)


_READERS: Final[Mapping[str, Callable[[Settings, str], ProofRecord | SentRecord | ProviderDraftRecord | None]]] = {
    _PROOF: read_proof,
    _SENT: read_sent,
    _DRAFT: read_provider_draft,
}
